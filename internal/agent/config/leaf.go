package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/schema"
)

// Leaf is one value of the configuration that a variable or a flag can set.
type Leaf struct {
	Path string // names joined with ".", as in the file
	Doc  string
	Enum []string
	v    reflect.Value
}

// Flag returns the name of the flag that sets the leaf.
func (l Leaf) Flag() string { return strings.NewReplacer(".", "-", "_", "-").Replace(l.Path) }

// Variable returns the name of the variable that sets the leaf.
func (l Leaf) Variable() string {
	return "VEDETTE_" + strings.ToUpper(strings.ReplaceAll(l.Path, ".", "_"))
}

// IsBool reports whether the leaf is true or false, so that its flag needs no
// value.
func (l Leaf) IsBool() bool { return l.v.Kind() == reflect.Bool }

// Leaves lists the values of c that are no tables, in the order of the struct.
func Leaves(c *Config) []Leaf { return leaves(reflect.ValueOf(c).Elem(), "") }

func leaves(v reflect.Value, prefix string) []Leaf {
	var out []Leaf
	for i := range v.NumField() {
		f := v.Type().Field(i)
		path := prefix + schema.Name(f)
		switch f.Type.Kind() {
		case reflect.Struct:
			out = append(out, leaves(v.Field(i), path+".")...)
		case reflect.Map:
		case reflect.Slice:
			if f.Type.Elem().Kind() == reflect.Struct {
				continue // a list of tables stands in the file alone
			}
			fallthrough
		default:
			l := Leaf{Path: path, Doc: docOf(f, path), v: v.Field(i)}
			if e := f.Tag.Get("enum"); e != "" {
				l.Enum = strings.Split(e, ",")
			}
			out = append(out, l)
		}
	}
	return out
}

// Set gives the leaf the value that text stands for; lists are separated by
// commas.
func (l Leaf) Set(text string) error {
	var err error
	switch l.v.Kind() {
	case reflect.String:
		l.v.SetString(text)
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		l.v.SetBool(b)
	case reflect.Int, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, 64)
		l.v.SetInt(n)
	case reflect.Float64:
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		l.v.SetFloat(f)
	case reflect.Slice:
		var list []string
		for s := range strings.SplitSeq(text, ",") {
			if s = strings.TrimSpace(s); s != "" {
				list = append(list, s)
			}
		}
		l.v.Set(reflect.ValueOf(list))
	}
	if err != nil {
		return fmt.Errorf("%q is not a %s", text, kindName(l.v.Kind()))
	}
	return nil
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "boolean (true or false)"
	case reflect.Float64:
		return "number"
	default:
		return "whole number"
	}
}

// docOf returns the sentence about a field; those of the policy stand here
// because its struct is shared with the manager.
func docOf(f reflect.StructField, path string) string {
	if d := f.Tag.Get("doc"); d != "" {
		return d
	}
	switch path {
	case "policy.respond":
		return "What happens when a rule asks for an action: off, observe (record what would be done) or on."
	case "policy.rules":
		return "By rule id: what differs for a rule."
	case "policy.levels":
		return "Actions by level, for what all rules find in one event, besides those of the rules."
	case "policy.watch":
		return "Files, and folders ending in /, whose opening for reading is an event."
	case "policy.cpu_limit":
		return "Percent of one core for work that can be given up; 0 is no limit."
	case "policy.aggregate_above":
		return "Events about files a second, of one kind, process and folder, that are told one by one; the rest of the second is one event with their number. 0 tells all."
	case "policy.interactive_shells":
		return "Whether the lines that people type at shells are events; they are private, and may hold passwords."
	case "policy.sensors_off":
		return "Names of sensors that do not run."
	case "policy.placeholders":
		return "By name: the values of %name% in rules that expand placeholders."
	case "policy.hash":
		return "Which files are hashed."
	case "policy.hash.files":
		return "Which files are read for their digests when they were written: all or executable; programs that run and libraries that are loaded always are."
	case "policy.hash.max_size":
		return "Bytes; larger files get a status instead of hashes."
	case "policy.scan":
		return "How often is looked where nothing tells of changes; what the host tells by itself comes at once."
	case "policy.scan.files":
		return "Seconds between two looks at the files of the host's configuration (accounts, tasks, settings, services, packages), 1 to 3600."
	case "policy.scan.live":
		return "Seconds between two scans of processes, sockets and modules, 1 to 60, on hosts whose kernel does not tell of them."
	case "policy.spool":
		return "Bounds of the events that wait on disk."
	case "policy.spool.max_size":
		return "Bytes; the oldest least valuable events go first, and are counted."
	}
	return ""
}
