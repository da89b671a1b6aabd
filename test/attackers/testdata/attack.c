/* What an attacker does to confuse who watches, with bare system calls.
 * usage: attack forks COUNT ALIVE | threads COUNT | deep LEVELS PROGRAM ARG
 *        | reuse PID PROGRAM ARG... | trace PID | flip LINK A B
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed(const char *what)
{
	perror(what);
	return 1;
}

/* Forks without executing; at most alive of them live at once. */
static int forks(int count, int alive)
{
	pid_t *living = calloc(alive, sizeof(pid_t));
	for (int i = 0; i < count; i++) {
		pid_t *slot = &living[i % alive];
		if (*slot) {
			kill(*slot, SIGKILL);
			waitpid(*slot, NULL, 0);
		}
		*slot = fork();
		if (*slot < 0)
			return failed("fork");
		if (*slot == 0) {
			pause();
			_exit(0);
		}
	}
	for (int i = 0; i < alive; i++)
		if (living[i]) {
			kill(living[i], SIGKILL);
			waitpid(living[i], NULL, 0);
		}
	return 0;
}

static void *nothing(void *arg) { return arg; }

static int threads(int count)
{
	for (int i = 0; i < count; i++) {
		pthread_t t;
		if ((errno = pthread_create(&t, NULL, nothing, NULL)))
			return failed("pthread_create");
		pthread_join(t, NULL);
	}
	return 0;
}

/* Each level is the parent of the next; the last executes a program. The levels
 * share their memory: a thousand copies of copies take the kernel half a minute. */
static int deep(int levels, char *program, char *arg)
{
	if (!levels) {
		execl(program, program, arg, NULL);
		return failed("execl");
	}
	pid_t pid = vfork();
	if (pid < 0)
		return failed("vfork");
	if (pid == 0)
		_exit(deep(levels - 1, program, arg));
	int status;
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

/* Runs a program once for each argument, always under the same number. */
static int reuse(pid_t number, char *program, char **args)
{
	for (; *args; args++) {
		struct clone_args c = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
		pid_t pid = syscall(SYS_clone3, &c, sizeof(c));
		if (pid < 0)
			return failed("clone3");
		if (pid == 0) {
			execl(program, program, *args, NULL);
			_exit(127);
		}
		waitpid(pid, NULL, 0);
	}
	return 0;
}

static int trace(pid_t pid)
{
	if (ptrace(PTRACE_ATTACH, pid, 0, 0))
		return failed("ptrace");
	waitpid(pid, NULL, __WALL);
	return ptrace(PTRACE_DETACH, pid, 0, 0) ? failed("detach") : 0;
}

/* Lets a link point to one and the other in turn until it is ended. */
static int flip(char *link, char *a, char *b)
{
	char next[4096];
	snprintf(next, sizeof(next), "%s.next", link);
	for (int i = 0;; i++) {
		unlink(next);
		if (symlink(i % 2 ? a : b, next) || rename(next, link))
			return failed("flip");
		usleep(50);
	}
}

int main(int n, char **arg)
{
	if (n == 4 && !strcmp(arg[1], "forks"))
		return forks(atoi(arg[2]), atoi(arg[3]));
	if (n == 3 && !strcmp(arg[1], "threads"))
		return threads(atoi(arg[2]));
	if (n == 5 && !strcmp(arg[1], "deep"))
		return deep(atoi(arg[2]), arg[3], arg[4]);
	if (n > 4 && !strcmp(arg[1], "reuse"))
		return reuse(atoi(arg[2]), arg[3], arg + 4);
	if (n == 3 && !strcmp(arg[1], "trace"))
		return trace(atoi(arg[2]));
	if (n == 5 && !strcmp(arg[1], "flip"))
		return flip(arg[2], arg[3], arg[4]);
	return 2;
}
