// Command vedette-agent is the agent alone, for endpoints. It links nothing of
// the manager.
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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(execute(ctx, newRoot(), os.Args[1:]))
}

// execute runs the command line and returns the exit code: 0 done, 1 failed,
// 2 usage or input error.
func execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(root.ErrOrStderr(), "vedette-agent: %v\n", err)
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "vedette-agent",
		Short:         "The Vedette agent of this host",
		Version:       wire.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(cli.Commands()...)
	cli.Strict(root)
	return root
}
