package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/agent/config"
)

func configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Show the configuration in force and where each value comes from",
		Long: "Show the configuration that `run` would use: the defaults, the file, VEDETTE_* variables and flags put together.\n" +
			"A comment says where a value comes from; secrets are hidden.",
		Args: cobra.NoArgs,
	}
	s := addSettings(c.Flags())
	asJSON := c.Flags().Bool("json", false, "print one JSON object")
	schema := c.Flags().Bool("schema", false, "print the JSON Schema of the configuration file instead")
	secrets := c.Flags().Bool("secrets-schema", false, "print the JSON Schema of the secrets file instead")
	c.RunE = func(c *cobra.Command, _ []string) error {
		var text []byte
		var err error
		switch {
		case *schema:
			text, err = config.Schema()
		case *secrets:
			text, err = config.SecretsSchema()
		default:
			var loaded config.Loaded
			if loaded, err = s.load(); err != nil {
				return err
			}
			if *asJSON {
				return printJSON(c.OutOrStdout(), loaded.Public())
			}
			text, err = loaded.Show()
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), string(text))
		return err
	}
	return c
}
