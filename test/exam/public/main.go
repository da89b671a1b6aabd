// Command public runs the exerciser of the public telemetry project in a guest,
// each of its options in a process of its own, and afterwards judges by the
// spool of the agent which rows were seen. The exerciser is not changed, and
// nothing of it is kept here but what it prints when it succeeded.
//
//	public run -generator DIR -steps FILE
//	public judge -steps FILE -spool DIR
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "public:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	f := flag.NewFlagSet("public", flag.ContinueOnError)
	generator := f.String("generator", "", "folder of the exerciser; written to")
	steps := f.String("steps", "", "file with what was run")
	spool := f.String("spool", "", "folder of the spool of an agent that ended")
	if len(args) == 0 {
		return errors.New("want run or judge")
	}
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "run":
		return writeSteps(*steps, exercise(*generator, options()))
	case "judge":
		done, err := readSteps(*steps)
		if err != nil {
			return err
		}
		seen, err := stored(*spool)
		if err != nil {
			return err
		}
		return report(os.Stdout, done, seen)
	}
	return fmt.Errorf("%q: want run or judge", args[0])
}

func writeSteps(path string, steps []step) error {
	b, err := json.Marshal(steps)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

func readSteps(path string) ([]step, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var steps []step
	if err := json.Unmarshal(b, &steps); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return steps, nil
}
