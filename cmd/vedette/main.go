// Command vedette is the whole product: agent, manager, console and command
// line. Each subcommand is a file of its own; there is no logic here.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/agent/cli"
	"github.com/vedette-edr/vedette/internal/wire"
)

// Exit codes: 0 done, 1 something was found or an operation failed on its
// target, 2 usage or input error.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(execute(ctx, newRoot(), os.Args[1:]))
}

// execute runs the command line and returns the exit code. An error that has
// ExitCode() int decides it; otherwise a failed command is 1.
func execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var coded interface{ ExitCode() int }
	code := exitFailed
	if errors.As(err, &coded) {
		code = coded.ExitCode()
	}
	if text := err.Error(); text != "" {
		fmt.Fprintf(root.ErrOrStderr(), "vedette: %s\n", text)
	}
	return code
}

// usageError is an error in what was typed.
type usageError struct{ error }

func (usageError) ExitCode() int { return exitUsage }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "vedette",
		Short: "Endpoint detection and response: sense, detect, respond, keep evidence",
		Long: "Vedette guards hosts. `vedette up` starts everything on this one; the same program is the agent of\n" +
			"many hosts and the manager that runs them. Answers go to stdout, logs to stderr.\n" +
			"Exit codes: 0 done, 1 something was found or an operation failed on its target, 2 usage or input error.",
		Version:       wire.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(commands()...)
	root.AddCommand(newManCommand())
	cli.Strict(root)
	return root
}
