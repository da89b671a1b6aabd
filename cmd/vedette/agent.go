package main

import (
	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/agent/cli"
)

func newAgentCommand() *cobra.Command {
	c := &cobra.Command{Use: "agent", Short: "Run and look after the agent of this host"}
	c.AddCommand(cli.Commands()...)
	return c
}
