package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect/offline"
	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/all"
	"github.com/vedette-edr/vedette/internal/record/evtx"
)

func newRecordsCommand() *cobra.Command {
	var ordered, carve bool
	c := &cobra.Command{
		Use:   "records INPUT...",
		Short: "Print the records of event logs, audit and system logs as JSON lines, as rules see them",
		Long: "INPUT is a file, a folder, which is walked, or - for standard input, in one of the formats that\n" +
			"`vedette detect` reads. Each record is one JSON object with the names that rules use; names that begin\n" +
			"with _ say where it stands. Exit code 2 when something could not be read. docs/detect.md has examples.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			inputs, err := offline.Inputs(args, c.InOrStdin())
			if err != nil {
				return usageError{err}
			}
			status := newStatus(c.ErrOrStderr())
			stats, err := offline.Dump(c.Context(), c.OutOrStdout(), recordFormats(carve), inputs, ordered, status.fault)
			switch {
			case err != nil:
				return err
			case stats.Faults > 0:
				return unreadError{stats.Faults}
			case stats.Inputs == 0:
				return usageError{errors.New("no input")}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&ordered, "ordered", false, "keep the order of names that the record has (default: sorted)")
	c.Flags().BoolVar(&carve, "carve", false, carveHelp)
	return c
}

const carveHelp = "search inputs of no known format, images of disks for example, for pieces of Windows event logs"

// recordFormats lists the formats; with carve every input has one.
func recordFormats(carve bool) []record.Format {
	formats := all.Formats()
	if carve {
		formats = append(formats, evtx.Carve())
	}
	return formats
}
