package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
	recordformats "github.com/vedette-edr/vedette/internal/record/all"
)

func newRulesExplainCommand(f *ruleFlags) *cobra.Command {
	w := &wanted{}
	c := &cobra.Command{
		Use:   "explain RULE EVENT",
		Short: "Say why a rule matches an event, or which predicate keeps it from it",
		Long: "RULE is an id, a title, or the end of a file name of the rules. EVENT is a file with one event as JSON,\n" +
			"the JSON itself, or - for standard input; nested ECS as the program writes it, or a foreign record. With\n" +
			"--line or --record it is one record of a file of any format that vedette detect reads, as a finding\n" +
			"names it.",
		Example: "  vedette rules explain --rules my-rules sshd_from_tmp event.json\n  vedette rules explain --rules sigma LsassFullAccess Security.evtx --record 4711",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			set, _, err := f.load(nil)
			if err != nil {
				return err
			}
			r, err := findRule(set, args[0])
			if err != nil {
				return usageError{err}
			}
			rec, err := w.read(c.InOrStdin(), args[1])
			if err != nil {
				return usageError{err}
			}
			x := r.Explain(rec)
			return f.print(c.OutOrStdout(), x, explanation(x))
		},
	}
	c.Flags().IntVar(&w.line, "line", record.NoLine, "the record on this line of the file, counted from 0")
	c.Flags().StringVar(&w.id, "record", "", "the record with this number in its log (EventRecordID)")
	return c
}

// wanted says which record of a file is explained.
type wanted struct {
	line int
	id   string
}

func (w *wanted) read(stdin io.Reader, arg string) (expr.Record, error) {
	if w.line == record.NoLine && w.id == "" {
		return readEvent(stdin, arg)
	}
	file, err := os.Open(arg)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	blocks, _, err := record.Open(recordformats.Formats(), file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	for {
		var block record.Block
		var batch record.Batch // of its own: the record is used after the next one is read
		err := blocks.Next(&block)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: %w", arg, err)
		}
		if len(block.Data) > 0 {
			blocks.Decode(&block, &batch)
		}
		for _, r := range batch.Records() {
			if (w.line == record.NoLine || r.Line == w.line) && (w.id == "" || r.Log.RecordID == w.id) {
				return r, nil
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s has no such record", arg)
		}
	}
}

func findRule(set *detect.Set, name string) (*detect.Rule, error) {
	if r := set.Rule(name); r != nil {
		return r, nil
	}
	var found []*detect.Rule
	for _, r := range set.Rules() {
		file := strings.TrimSuffix(strings.TrimSuffix(r.Path, ".yml"), ".yaml")
		if strings.EqualFold(r.Name, name) || r.Path == name || file == name || strings.HasSuffix(file, "/"+name) || strings.HasSuffix(r.Path, "/"+name) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("no rule %q; vedette rules list shows them", name)
	}
	return nil, fmt.Errorf("%d rules are called %q; give the id", len(found), name)
}

func readEvent(stdin io.Reader, arg string) (expr.Record, error) {
	var text []byte
	var err error
	switch {
	case arg == "-":
		text, err = io.ReadAll(io.LimitReader(stdin, record.MaxLine+1))
	case strings.HasPrefix(strings.TrimSpace(arg), "{"):
		text = []byte(arg)
	default:
		text, err = os.ReadFile(arg)
	}
	if err != nil {
		return nil, fmt.Errorf("read event: %w", err)
	}
	var head map[string]json.RawMessage
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("%s is not one JSON object: %w", arg, err)
	}
	e := &event.Event{}
	err = json.Unmarshal(text, e)
	if err == nil && e.Kind != event.KindNone {
		return e, nil
	}
	r, foreign := record.ParseJSON(bytes.TrimSpace(text))
	if foreign == nil && (r.Typed != nil || r.Log.Channel != "") {
		return r, nil
	}
	if err == nil {
		return e, nil
	}
	return nil, fmt.Errorf("event %s: %w; a foreign record has a Channel", arg, err)
}

// explanation writes the condition as a tree with the result of each node.
func explanation(x detect.Explanation) string {
	var b strings.Builder
	verdict := "does not match"
	if x.Match {
		verdict = "matches"
	}
	fmt.Fprintf(&b, "%s (%s) %s", x.Title, x.Rule, verdict)
	if x.Why != "" {
		fmt.Fprintf(&b, ": %s", x.Why)
	}
	if x.Step != nil {
		tree(&b, *x.Step, 1)
	}
	return b.String()
}

// maxShown bounds the text of a predicate and of a value in the tree, bytes.
const maxShown = 300

func tree(b *strings.Builder, s detect.Step, depth int) {
	mark := "no "
	if s.True {
		mark = "yes"
	}
	fmt.Fprintf(b, "\n%s%s  ", strings.Repeat("   ", depth), mark)
	if s.Op != "predicate" {
		b.WriteString(map[string]string{"and": "all of", "or": "one of", "not": "not"}[s.Op])
		for _, k := range s.Steps {
			tree(b, k, depth+1)
		}
		return
	}
	b.WriteString(shown(s.Text))
	if s.There {
		fmt.Fprintf(b, "   [%s]", shown(s.Value))
	} else {
		b.WriteString("   [absent]")
	}
}

func shown(s string) string {
	if len(s) > maxShown {
		return s[:maxShown] + "..."
	}
	return s
}
