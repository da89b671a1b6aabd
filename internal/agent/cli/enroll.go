package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/wire"
)

func enrollCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "enroll [TOKEN]",
		Short: "Make this host an agent of a manager, with a token that the manager made",
		Long: "Exchange a token (`vedette token create` on the manager) for a key and a certificate of this host.\n" +
			"The token can stand as the argument, in --token-file, or come on stdin as \"-\": other users of the host can see arguments.\n" +
			"A running agent takes the identity up at once and uploads what it has kept.",
		Args: cobra.MaximumNArgs(1),
	}
	s := addSettings(c.Flags())
	file := c.Flags().String("token-file", "", "file with the token")
	flag := c.Flags().String("token", "", "the token")
	again := c.Flags().Bool("again", false, "replace the identity of a host that is enrolled already")
	asJSON := c.Flags().Bool("json", false, "print one JSON object")
	c.RunE = func(c *cobra.Command, args []string) error {
		loaded, err := s.load()
		if err != nil {
			return err
		}
		token, err := readToken(c.InOrStdin(), append(args, *flag), *file)
		if err != nil {
			return inputError{err}
		}
		id, err := Enroll(c.Context(), loaded, token, *again)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c.OutOrStdout(), map[string]string{"agent_id": id})
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "enrolled as %s\n", id)
		return err
	}
	return c
}

// Enroll makes this host an agent of the manager that made the token, and lets
// a running agent know. It returns the agent's id.
func Enroll(ctx context.Context, s agent.Settings, token string, again bool) (string, error) {
	if id := enrolled(s.StateDir); id != "" && !again {
		return "", inputError{fmt.Errorf("this host is enrolled already, as %s: give --again to replace its identity", id)}
	}
	id, err := enroll(ctx, s, token)
	if errors.Is(err, wire.ErrToken) {
		return "", inputError{err}
	}
	if err != nil {
		return "", err
	}
	if err := (control.Client{Dir: s.StateDir}).Reload(ctx); err != nil && !errors.Is(err, control.ErrNotRunning) {
		return id, fmt.Errorf("enrolled as %s, but the running agent did not take it up: %w", id, err)
	}
	return id, nil
}

// maxToken is the largest token that is read, bytes.
const maxToken = 64 << 10

// readToken takes the token from where it was given.
func readToken(stdin io.Reader, given []string, file string) (string, error) {
	var found []string
	for _, t := range given {
		if t != "" {
			found = append(found, t)
		}
	}
	if file != "" {
		found = append(found, "@"+file)
	}
	if len(found) != 1 {
		return "", errors.New("give the token once: as the argument, with --token-file FILE, or \"-\" for stdin")
	}
	in := stdin
	switch t := found[0]; {
	case file != "":
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read token: %w", err)
		}
		defer f.Close()
		in = f
	case t != "-":
		return t, nil
	}
	text, err := io.ReadAll(io.LimitReader(in, maxToken))
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
