package alert

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// changeDeed returns what the process changed of the host's configuration.
func changeDeed(kind event.Kind, e *event.Event) string {
	c := e.Change
	name := quote(first(c.Name, filePath(e.File), "something"))
	switch kind {
	case event.SettingChange:
		return settingDeed(c, quote(first(filePath(e.File), c.Name, "a setting")))
	case event.SysctlChange:
		return "set " + name + " to " + quote(strings.Join(c.After, " "))
	case event.FirewallChange:
		return "changed the rules of the firewall"
	case event.ServiceControl:
		return "asked for the " + first(c.ServiceOperation, "change") + " of the service " + name
	case event.PackageInstall:
		return "installed the package " + name
	case event.PackageRemove:
		return "removed the package " + name
	}
	verb := "changed"
	switch kind {
	case event.AccountCreate, event.TaskCreate, event.ServiceCreate:
		verb = "created"
	case event.AccountDelete, event.TaskDelete, event.ServiceDelete:
		verb = "removed"
	}
	return verb + " the " + first(c.Object, "setting") + " " + name
}

// settingDeed tells the last line that came, or went, of a file; of a key its
// comment, or else its fingerprint.
func settingDeed(c *event.Change, file string) string {
	if c.Object == "key" {
		key := map[string][2]string{}
		for i, f := range c.Fields[:min(len(c.Fields), len(c.Before), len(c.After))] {
			key[f] = [2]string{c.Before[i], c.After[i]}
		}
		name := quote(first(key["comment"][1], key["comment"][0], c.Name))
		if key["fingerprint"][1] == "" && key["fingerprint"][0] != "" {
			return "removed the key " + name + " from " + file
		}
		return "wrote the key " + name + " into " + file
	}
	gone := ""
	for i := min(len(c.Fields), len(c.Before), len(c.After)) - 1; i >= 0; i-- {
		if c.Fields[i] == "file" { // it was made or removed
			continue
		}
		if c.After[i] != "" {
			return "wrote " + quote(c.After[i]) + " into " + file
		}
		gone = first(gone, c.Before[i])
	}
	if gone != "" {
		return "removed " + quote(gone) + " from " + file
	}
	return "changed " + file
}
