package main

import "github.com/spf13/cobra"

// commands is the list of subcommands, a file each.
func commands() []*cobra.Command {
	return []*cobra.Command{
		newUpCommand(),
		newAgentCommand(),
		newManagerCommand(),
		newRulesCommand(),
		newIOCCommand(),
		newDetectCommand(),
		newRecordsCommand(),
		newHostCommand(),
		newAlertCommand(),
		newEventCommand(),
		newTaskCommand(),
		newPolicyCommand(),
		newUserCommand(),
		newTokenCommand(),
		newLoginCommand(),
	}
}
