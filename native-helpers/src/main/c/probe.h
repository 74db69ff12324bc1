#ifndef CRIJ_PROBE_H
#define CRIJ_PROBE_H

/* `crij-pod probe userns FOLDER`: can pods have user namespaces, with images below the folder? 0: yes. 1: no, and why on stdout. */
int probe_main(int argc, char **argv);

#endif
