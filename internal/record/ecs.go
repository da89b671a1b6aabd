package record

import (
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// typed makes the record an event, when it is one of ours or says in ECS what
// happened on a host that is not a Windows one. Values of other names stay data.
func (r *Record) typed() bool {
	kind := r.kind()
	if kind == event.KindNone {
		return false
	}
	e := &event.Event{Kind: kind}
	var log event.Log
	for i, name := range r.Log.Names {
		if !set(e, name, r.Log.Values[i]) {
			log.Names, log.Values = append(log.Names, name), append(log.Values, r.Log.Values[i])
		}
	}
	e.Kind = kind
	if len(log.Names) > 0 && e.Log == nil {
		e.Log = &log
	}
	if e.Time == 0 {
		e.Time = r.stamp()
	}
	if e.Process != nil && e.Process.CommandLine == "" {
		e.Process.CommandLine = strings.Join(e.Process.Args, " ")
	}
	r.Typed, r.Time, r.Host = e, e.Time, e.HostName
	if e.Log != nil {
		r.Log.Channel, r.Log.Code = e.Log.Channel, e.Log.Code
	}
	return true
}

// set gives a field of e its value; a text that is not of the field's type is
// none of it.
func set(e *event.Event, name, text string) bool {
	f, ok := event.FieldByName(name)
	if !ok || f.Number == 0 {
		return ok && f.Number == 0
	}
	v, err := event.ParseValue(f.Type, text)
	if err != nil {
		return false
	}
	if f.Type == event.Strings {
		v.List = append(slices.Clone(e.Get(f.ID).List), v.List...)
	}
	if f.Type != event.KindName {
		e.Set(f.ID, v)
	}
	return true
}

// kind returns what happened, none when the record does not say it.
func (r *Record) kind() event.Kind {
	action := r.Log.Data("event.action").Text()
	if k, ok := event.ParseKind(action); ok {
		return k
	}
	if os := r.Log.Data("host.os.type").Text() + r.Log.Data("host.os.family").Text(); strings.Contains(os, "windows") {
		return event.KindNone
	}
	category, types := r.Log.Data("event.category"), r.Log.Data("event.type")
	is := func(v event.Value, text string) bool { return v.Str == text || slices.Contains(v.List, text) }
	switch {
	case is(category, "process") && is(types, "start"):
		return event.ProcessStart
	case is(category, "process") && is(types, "end"):
		return event.ProcessEnd
	case is(category, "file"):
		return fileKind(action, func(t string) bool { return is(types, t) })
	case is(category, "network") && (is(types, "start") || is(types, "connection")):
		if d := r.Log.Data("network.direction").Text(); d == "ingress" || d == "inbound" {
			return event.NetAccept
		}
		return event.NetConnect
	}
	return event.KindNone
}

func fileKind(action string, is func(string) bool) event.Kind {
	switch {
	case strings.Contains(action, "rename") || strings.Contains(action, "moved"):
		return event.FileRename
	case is("creation"):
		return event.FileCreate
	case is("deletion"):
		return event.FileDelete
	case is("access"):
		return event.FileOpen
	case is("change"):
		return event.FileWrite
	}
	return event.KindNone
}
