package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

func needFile() error { return usageError{errors.New("give --file: the file that has the indicators")} }

func (f *iocFlags) importRemote(*cobra.Command, []string) error     { return needFile() }
func (f *iocFlags) addRemote(*cobra.Command, []ioc.Indicator) error { return needFile() }
func (f *iocFlags) listRemote(*cobra.Command) error                 { return needFile() }
func (f *iocFlags) removeRemote(*cobra.Command, []string) error     { return needFile() }
func (f *iocFlags) testRemote(*cobra.Command, []string) error       { return needFile() }
