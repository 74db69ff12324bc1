#ifndef CRIJ_PLUGIN_H
#define CRIJ_PLUGIN_H

/* `crij-pod plugin SOCKET PROGRAM`: becomes PROGRAM, with a connection to SOCKET as descriptor 3. Returns only if it cannot. */
int plugin_main(int argc, char **argv);

#endif
