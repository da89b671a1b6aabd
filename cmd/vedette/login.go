package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/vedette-edr/vedette/internal/api"
)

func newLoginCommand() *cobra.Command {
	var r remote
	var name, expire string
	c := &cobra.Command{Use: "login", Short: "Make an API key for the command line of this user and keep it in the profile", Args: cobra.NoArgs,
		Long: "Log in at a manager with name and password. The password is asked for, or read from stdin when that is no terminal.\n" +
			"The first time give --url and --ca (the file ca.pem of the manager)."}
	r.flags(c)
	c.Flags().StringVar(&name, "user", "admin", "name of the user")
	c.Flags().StringVar(&expire, "expire", "90d", "for how long the key is good")
	c.RunE = func(c *cobra.Command, _ []string) error {
		p, err := r.settings()
		if err != nil {
			return err
		}
		path, err := profilePath(r.profile)
		if err != nil {
			return err
		}
		password, err := ask(c, "Password of "+name+": ")
		if err != nil {
			return usageError{err}
		}
		key, err := logIn(c, p, api.Login{User: name, Password: password}, expire)
		if err != nil {
			return explainProblem(err)
		}
		p.Key = key.Secret
		if err := writeProfile(path, p); err != nil {
			return err
		}
		out := &printer{out: c.OutOrStdout(), side: c.ErrOrStderr(), json: r.json}
		return facts(out, key.Key, "manager", p.URL, "user", key.Key.User, "role", key.Key.Role, "key", key.Key.ID, "expires", when(key.Key.Expires), "profile", path)
	}
	return c
}

// logIn opens a session, changes a one-time password, makes a key and logs out.
func logIn(c *cobra.Command, p api.Profile, in api.Login, expire string) (api.CreatedKey, error) {
	p.Key = ""
	client, err := api.NewClient(p)
	if err != nil {
		return api.CreatedKey{}, usageError{err}
	}
	defer client.Close()
	ctx := c.Context()
	s, err := client.Login(ctx, in)
	if err != nil {
		return api.CreatedKey{}, err
	}
	if s.MustChange {
		if err := changeOwn(ctx, c, client, in.Password); err != nil {
			return api.CreatedKey{}, err
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "another host"
	}
	key, err := api.Send[api.CreatedKey](ctx, client, "POST", "/keys", api.NewKey{Name: "command line on " + short(host, 40), Expire: expire})
	if err != nil {
		return key, err
	}
	return key, client.Do(ctx, "DELETE", "/session", nil, nil, nil)
}

func changeOwn(ctx context.Context, c *cobra.Command, client *api.Client, old string) error {
	next, err := ask(c, "This was a one-time password. New password (12 characters or more): ")
	if err != nil {
		return usageError{err}
	}
	_, err = api.Send[api.Session](ctx, client, "PUT", "/session/password", api.PasswordChange{Old: old, New: next})
	return err
}

// ask reads a secret without showing it, or a line of stdin.
func ask(c *cobra.Command, prompt string) (string, error) {
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) && c.InOrStdin() == os.Stdin {
		if _, err := fmt.Fprint(c.ErrOrStderr(), prompt); err != nil {
			return "", err
		}
		text, err := term.ReadPassword(fd)
		_, _ = fmt.Fprintln(c.ErrOrStderr()) // the line break that was not shown
		return string(text), err
	}
	line, err := bufio.NewReader(oneByte{c.InOrStdin()}).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.Join(errors.New("no password on stdin"), err)
	}
	return line, nil
}

// oneByte keeps a buffered reader from taking more than a line.
type oneByte struct {
	r interface{ Read([]byte) (int, error) }
}

// Read reads at most one byte.
func (o oneByte) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return o.r.Read(p[:1])
}
