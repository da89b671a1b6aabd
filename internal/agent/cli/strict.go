package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// Strict makes wrong flags, wrong arguments and unknown subcommands of a program
// input errors that name the help.
func Strict(root *cobra.Command) {
	root.SetFlagErrorFunc(misused)
	strictArgs(root)
}

func misused(c *cobra.Command, err error) error {
	return inputError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
}

func strictArgs(c *cobra.Command) {
	args := c.Args
	switch {
	case c.HasSubCommands() && c.Run == nil && c.RunE == nil:
		c.RunE = func(c *cobra.Command, given []string) error {
			if len(given) > 0 {
				return misused(c, fmt.Errorf("unknown command %q for %s", given[0], c.CommandPath()))
			}
			return c.Help()
		}
		c.Args = cobra.ArbitraryArgs
	case args != nil:
		c.Args = func(c *cobra.Command, given []string) error {
			if err := args(c, given); err != nil {
				return misused(c, err)
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		strictArgs(sub)
	}
}
