package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/condition"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/gene"
	"github.com/vedette-edr/vedette/internal/detect/gotrust"
	"github.com/vedette-edr/vedette/internal/detect/sigma"
)

func (w *writer) geneToSigma(files []detect.File) {
	files, o, problems := gene.Options(files, detect.Options{})
	w.lost = append(w.lost, problems...)
	for _, f := range files {
		docs, problems := gene.Read(f)
		w.lost = append(w.lost, problems...)
		for _, d := range docs {
			w.geneSigma(f, d, o)
		}
	}
}

func (w *writer) geneSigma(f detect.File, d *gene.Document, o detect.Options) {
	if d.Schema == gene.Before2 && !w.fits2(f, d) {
		return
	}
	c, m := d.Compile(o)
	switch {
	case m != nil:
		w.lose(f, m.Line, d.Name, true, "%s", m.Problem(f, true).Error())
		return
	case c.Kunai:
		w.lose(f, d.Line, d.Name, true, "records of Kunai, which Sigma has no log source for")
		return
	case d.Filter:
		w.lose(f, d.Line, d.Name, true, "a filter rule, which Sigma does not have")
		return
	}
	level, _ := detect.LevelOf(d.Criticality)
	r := &sigmaRule{
		title: d.Name, description: strings.Join(d.Comments, "\n"), author: strings.Join(d.Authors, ", "), level: level, disabled: d.Disable,
		root: c.Root, names: c.Names,
	}
	var tactics, techniques []string
	for _, a := range d.Attack {
		techniques = append(techniques, a.ID)
		if a.Tactic != "" {
			tactics = append(tactics, a.Tactic)
		}
		if a.Reference != "" {
			r.references = append(r.references, a.Reference)
		}
	}
	r.tags = tagsOf(tactics, techniques)
	for _, a := range d.Actions {
		if slices.Contains(detect.Actions(), a) {
			r.actions = append(r.actions, a)
		} else {
			w.lose(f, d.Line, d.Name, false, "the action %s is left out", a)
		}
	}
	for _, p := range (&expr.Expr{Root: c.Root}).Predicates() {
		if p.Number {
			w.lose(f, d.Line, d.Name, false, "%s: Sigma compares decimal numbers only, so that hexadecimal values of %s no longer match", c.Names[p], p.Field.Name)
		}
	}
	r.events(d)
	w.finish(f, d.Line, d.Name, r)
}

// events writes the channels, event ids and hosts of a Gene rule.
func (r *sigmaRule) events(d *gene.Document) {
	r.source = yaml.MapSlice{{Key: "product", Value: "windows"}}
	service := ""
	if len(d.Events) == 1 {
		service = sigma.ServiceOf(d.Events[0].Channel)
	}
	var either []any
	for _, e := range d.Events {
		one := yaml.MapSlice{}
		if service == "" {
			one = append(one, yaml.MapItem{Key: "Channel", Value: e.Channel})
		}
		if len(e.IDs) > 0 {
			one = append(one, yaml.MapItem{Key: "EventID", Value: e.IDs})
		}
		if len(one) > 0 {
			either = append(either, one)
		}
	}
	if service != "" {
		r.source = append(r.source, yaml.MapItem{Key: "service", Value: service})
	}
	if len(either) > 0 {
		r.extra = append(r.extra, selection{"events", either})
	}
	if len(d.Computers) > 0 {
		var values []any
		for _, c := range d.Computers {
			values = append(values, escaped(c))
		}
		r.extra = append(r.extra, selection{"hosts", yaml.MapSlice{{Key: "Computer|cased", Value: values}}})
	}
}

func (w *writer) conditions(files []detect.File) {
	for _, f := range files {
		if f.Aside() {
			continue
		}
		docs, problems := condition.Read(f)
		w.lost = append(w.lost, problems...)
		for _, d := range docs {
			w.condition(f, d)
		}
	}
}

// sources lists the log sources of Sigma for a type of aiedr.
func sources(kind string) []yaml.MapSlice {
	of := func(product, key, value string) yaml.MapSlice {
		out := yaml.MapSlice{{Key: "product", Value: product}}
		if key != "" {
			out = append(out, yaml.MapItem{Key: key, Value: value})
		}
		return out
	}
	both := func(category string) []yaml.MapSlice {
		return []yaml.MapSlice{of("linux", "category", category), of("windows", "category", category)}
	}
	switch kind {
	case "process", "attack":
		return both("process_creation")
	case "network":
		return both("network_connection")
	case "file":
		return both("file_event")
	case "registry":
		return []yaml.MapSlice{of("windows", "category", "registry_event")}
	}
	return []yaml.MapSlice{of("windows", "", "")}
}

// condition writes a rule of aiedr, for each product that it is for.
func (w *writer) condition(f detect.File, d *condition.Document) {
	name := d.Name
	r, root, m := d.Foreign(f)
	if m != nil {
		w.lose(f, m.Line, name, true, "%s", m.Problem(f, true).Error())
		return
	}
	for _, a := range d.Actions {
		if a != "alert" && a != "log" && a != "terminate_process" {
			w.lose(f, d.Line, name, false, "the action %s is left out", a)
		}
	}
	if d.Type == "file" {
		w.lose(f, d.Line, name, false, "deletions and changes of rights, which are other log sources of Sigma, are left out")
	}
	for _, source := range sources(d.Type) {
		product := source[0].Value.(string)
		title := name
		if d.Type != "registry" && d.Type != "event_log" {
			title = fmt.Sprintf("%s (%s)", name, product)
		}
		w.finish(f, d.Line, name, &sigmaRule{
			title: title, description: d.Description, level: r.Level, tags: tagsOf(d.Tactics, d.Techniques), disabled: d.Disabled,
			source: source, actions: r.Actions, root: root,
		})
	}
}

func (w *writer) trusts(files []detect.File) {
	for _, f := range files {
		if f.Aside() {
			continue
		}
		c, problems := gotrust.Read(f)
		w.lost = append(w.lost, problems...)
		rules, _ := gotrust.Parse(f, detect.Options{})
		for _, r := range rules {
			w.trust(f, c, r)
		}
	}
}

// trust writes a rule of goTrust: what runs with such a command line.
func (w *writer) trust(f detect.File, c *gotrust.Config, r *detect.Rule) {
	at := slices.IndexFunc(r.Variants, func(v detect.Variant) bool { return len(v.Sources) > 0 })
	if at < 0 {
		w.lose(f, r.Line, r.Name, true, "only changes of the file count, which Sigma's log sources do not give a command line to")
		return
	}
	w.lose(f, r.Line, r.Name, false, "the %d points, and the use of the file by a program that does not name it, are left out", r.Score)
	for _, source := range sources("process") {
		w.finish(f, r.Line, r.Name, &sigmaRule{
			title: fmt.Sprintf("%s (%s)", r.Name, source[0].Value), level: r.Level, source: source, actions: r.Actions, root: r.Variants[at].Where.Root,
		})
	}
}
