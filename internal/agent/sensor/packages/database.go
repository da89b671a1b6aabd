package packages

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// Bounds.
const (
	maxDatabase = 48 << 20 // bytes of a database that are read; that of a large host has ten million
	maxPackages = 4096     // of one run of a package manager, told one by one
	maxText     = 256      // bytes of a name or version
)

// Fields of an item.
const (
	fieldVersion      = "version"
	fieldArchitecture = "architecture"
)

// reasonRPM says why an event of rpm names no package.
const reasonRPM = "the package database changed; it cannot be read without the library of rpm, so which packages did is not known"

func subjects() []watched.Subject {
	out := []watched.Subject{
		{Name: "deb", Paths: []string{"/var/lib/dpkg/status"}, Parse: parseDpkg},
		{Name: "apk", Paths: []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}, Parse: parseApk},
		{
			Name: "rpm", Parse: parseRPM, MaxSize: -1,
			Paths: []string{
				"/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/Packages", "/var/lib/rpm/Packages.db",
				"/usr/lib/sysimage/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/Packages.db",
			},
		},
	}
	for i := range out {
		s := &out[i]
		s.Object, s.MaxTold = "package", maxPackages
		if s.MaxSize == 0 {
			s.MaxSize = maxDatabase
		}
		s.Create, s.Modify, s.Delete = event.PackageInstall, event.PackageInstall, event.PackageRemove
		s.Tell = watched.Each(tell(s.Name))
	}
	return out
}

// tell completes an event with the type of its package.
func tell(kind string) func(*event.Event, *watched.Difference, watched.Change) *event.Event {
	return func(e *event.Event, _ *watched.Difference, c watched.Change) *event.Event {
		e.Change.PackageType = kind
		if kind == "rpm" {
			e.Kind, e.Change.Name, e.Outcome = event.PackageInstall, "", ""
			e.Change.Fields, e.Change.Before, e.Change.After = nil, nil, nil
			e.Reason = watched.And(reasonRPM, e.Reason)
			return e
		}
		e.Change.Name, _, _ = strings.Cut(c.Key, ":")
		e.Change.PackageVersion = c.After.Get(fieldVersion)
		if c.After == nil {
			e.Change.PackageVersion = c.Before.Get(fieldVersion)
		}
		return e
	}
}

// stanza is what a database says of one package.
type stanza struct{ name, version, architecture, status []byte }

func (s *stanza) item() (watched.Item, bool) {
	if len(s.name) == 0 {
		return watched.Item{}, false
	}
	text := func(b []byte) string { return string(b[:min(len(b), maxText)]) }
	return watched.Item{
		Key: text(s.name) + ":" + text(s.architecture),
		Fields: []watched.Field{
			{Name: fieldVersion, Value: text(s.version)}, {Name: fieldArchitecture, Value: text(s.architecture)},
		},
	}, true
}

// parseDpkg reads the status of dpkg: stanzas with an empty line between them.
func parseDpkg(f watched.File) []watched.Item {
	return stanzas(f.Content, func(s *stanza, line []byte) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch string(name) {
		case "Package":
			s.name = value
		case "Version":
			s.version = value
		case "Architecture":
			s.architecture = value
		case "Status":
			s.status = value
		}
	})
}

// there reports whether a package with a status of dpkg is on the host.
func there(status []byte) bool {
	state := status[bytes.LastIndexByte(status, ' ')+1:]
	return string(state) != "not-installed" && string(state) != "config-files"
}

// parseApk reads the database of apk: stanzas of lines with a letter in front.
func parseApk(f watched.File) []watched.Item {
	return stanzas(f.Content, func(s *stanza, line []byte) {
		if len(line) < 2 || line[1] != ':' {
			return
		}
		switch value := line[2:]; line[0] {
		case 'P':
			s.name = value
		case 'V':
			s.version = value
		case 'A':
			s.architecture = value
		}
	})
}

// stanzas makes items of a database; take is given each line that is no
// continuation of the one before.
func stanzas(content []byte, take func(*stanza, []byte)) []watched.Item {
	var out []watched.Item
	var s stanza
	end := func() {
		if it, ok := s.item(); ok && there(s.status) {
			out = append(out, it)
		}
		s = stanza{}
	}
	for line := range bytes.Lines(content) {
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) == 0:
			end()
		case line[0] != ' ' && line[0] != '\t':
			take(&s, line)
		}
	}
	end()
	return out
}

// parseRPM makes an item that differs whenever the database was written.
func parseRPM(f watched.File) []watched.Item {
	return []watched.Item{{Key: "database", Fields: []watched.Field{
		{Name: "modified", Value: strconv.FormatInt(int64(f.Modified), 10)}, {Name: "size", Value: strconv.FormatInt(f.Size, 10)},
	}}}
}
