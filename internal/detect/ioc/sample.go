package ioc

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// Sample returns a record in which a value stands where such values are looked
// for: to say which indicators it has.
func Sample(value string) *event.Event {
	value = strings.TrimSpace(value)
	log := &event.Log{}
	put := func(name, text string) { log.Names, log.Values = append(log.Names, name), append(log.Values, text) }
	t := Guess(value)
	switch {
	case strings.ContainsAny(value, " \t"):
		put("commandline", value)
	case t == MD5:
		put("hash", value)
		put("imphash", value)
	case t == SHA1 || t == SHA256:
		put("hash", value)
	case t == TLSH:
		put("tlsh", value)
	case t == Address:
		put("ip", refang(value))
	case t == URL:
		put("url", refang(value))
	default: // a name can be that of a host and that of a file
		put("query", refang(value))
		put("filename", value)
	}
	return &event.Event{Kind: event.LogRecord, Log: log}
}
