/* pgrep NAME: prints the pid of every process whose command name is NAME; ends with 1 when there is none.
 * The conformance suite counts processes with it, and Debian's busybox has no such applet. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	DIR *proc = opendir("/proc");
	if (!proc)
		return 3;
	int found = 0;
	for (struct dirent *entry; (entry = readdir(proc));) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		char path[280], name[64] = "";
		snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
		FILE *comm = fopen(path, "r");
		if (!comm)
			continue; /* it ended while we looked */
		if (fgets(name, sizeof name, comm))
			name[strcspn(name, "\n")] = '\0';
		fclose(comm);
		if (strcmp(name, argv[argc - 1]) == 0) {
			puts(entry->d_name);
			found = 1;
		}
	}
	closedir(proc);
	return found ? 0 : 1;
}
