/* A library that looks like PAM from outside and keeps its facts elsewhere: 24
 * bytes behind (MOVED), or where nobody would look. */
#include <stdlib.h>
#include <string.h>

struct facts { char *service, *user, *rhost, *ruser, *tty; };
#ifdef MOVED
struct handle { char reserved[64]; struct facts f; };
#define FACTS(h) (&(h)->f)
#else
struct handle { char reserved[64]; struct facts *f; };
#define FACTS(h) ((h)->f)
#endif

int pam_start(const char *service, const char *user, const void *conv, struct handle **h)
{
	(void)conv;
	*h = calloc(1, 512);
#ifndef MOVED
	(*h)->f = calloc(1, sizeof(struct facts));
#endif
	FACTS(*h)->service = strdup(service);
	FACTS(*h)->user = strdup(user);
	return 0;
}

int pam_set_item(struct handle *h, int item, const char *value)
{
	if (item == 4)
		FACTS(h)->rhost = strdup(value);
	return 0;
}

int pam_authenticate(struct handle *h, int flags) { return h && !flags ? 7 : 4; }
int pam_acct_mgmt(struct handle *h, int flags) { return h && !flags ? 0 : 4; }
int pam_open_session(struct handle *h, int flags) { return h && !flags ? 0 : 4; }
int pam_close_session(struct handle *h, int flags) { return h && !flags ? 0 : 4; }
int pam_end(struct handle *h, int status) { return h && status >= 0 ? 0 : 4; }
