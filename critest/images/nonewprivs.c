/* Installed set-user-ID root: prints 0 when the kernel honoured that bit, the caller's id under no_new_privs. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	printf("Effective uid: %d\n", (int)geteuid());
	return 0;
}
