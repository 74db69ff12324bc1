#ifndef CRIJ_HOOK_ENTER_H
#define CRIJ_HOOK_ENTER_H

/* hook PID BUNDLE PROGRAM ARGV...: becomes a program of the node in the mount namespace of a container that is being launched. */
int hook_main(int argc, char **argv);

#endif
