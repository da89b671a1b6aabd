/* Uses PAM as a service that lets users in does: session SERVICE USER RHOST TTY
 * PASSWORD STEPS. The steps are letters: a authenticate, c account, o open the
 * session, x run a program in it, k close it, f do the rest in a child, w wait
 * for a line on the standard input. What each returns is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct pam_message { int style; const char *text; };
struct pam_response { char *text; int code; };
struct pam_conv { int (*talk)(int, const struct pam_message **, struct pam_response **, void *); void *data; };
int pam_start(const char *, const char *, const struct pam_conv *, void **);
int pam_set_item(void *, int, const void *);
int pam_authenticate(void *, int);
int pam_acct_mgmt(void *, int);
int pam_open_session(void *, int);
int pam_close_session(void *, int);
int pam_end(void *, int);

static int talk(int n, const struct pam_message **m, struct pam_response **out, void *data)
{
	*out = calloc(n, sizeof(**out));
	for (int i = 0; i < n; i++)
		if (m[i]->style == 1 || m[i]->style == 2)
			(*out)[i].text = strdup(data);
	return 0;
}

int main(int argc, char **argv)
{
	struct pam_conv conv = { talk, argv[5] };
	void *h = NULL;
	char line[16];
	if (argc != 7)
		return 2;
	int r = pam_start(argv[1], *argv[2] ? argv[2] : NULL, &conv, &h);
	if (r)
		return 3;
	if (*argv[3])
		pam_set_item(h, 4, argv[3]);
	if (*argv[4])
		pam_set_item(h, 3, argv[4]);
	for (const char *s = argv[6]; *s; s++) {
		switch (*s) {
		case 'a': r = pam_authenticate(h, 0); break;
		case 'c': r = pam_acct_mgmt(h, 0); break;
		case 'o': r = pam_open_session(h, 0); break;
		case 'k': r = pam_close_session(h, 0); break;
		case 'x': r = system("/bin/sh -c 'echo inside > $VEDETTE_FILE; exec /bin/true'"); break;
		case 'w': r = fgets(line, sizeof(line), stdin) ? 0 : 1; break;
		case 'f':
			if (fork()) {
				wait(&r);
				return 0;
			}
			r = 0;
			break;
		}
		printf("%c %d\n", *s, r);
		fflush(stdout);
	}
	pam_end(h, r);
	return 0;
}
