package auditlog

import (
	"path"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/auditd"
)

// folders knows the paths of folders by their numbers, from records that have
// both: a name that starts from an open folder has only the number.
type folders map[folder]string

type folder struct{ device, inode string }

// maxFolders bounds the folders that are known.
const maxFolders = 4096

// of returns the path of the folder of a PATH record, empty when it is not
// known.
func (m folders) of(p *auditd.Line) string { return m[folder{p.Get("dev"), p.Get("inode")}] }

// learn takes what a PATH record and the path that it was found to have say of
// folders: the one that the file is in, when the record has one only, and the
// file itself. When a folder gets another name, so does all below it.
func (m folders) learn(f *event.File, own, parent *auditd.Line) {
	if !path.IsAbs(f.Path) {
		return
	}
	if len(m) >= maxFolders {
		clear(m)
	}
	kind := own.Get("nametype") + own.Get("objtype")
	if f.Type == "dir" && kind == "DELETE" {
		if _, known := m[folder{own.Get("dev"), own.Get("inode")}]; known {
			m.renamed(f.Path)
		}
	}
	if f.Type == "dir" && kind == "CREATE" {
		m[folder{own.Get("dev"), own.Get("inode")}] = f.Path
	}
	if parent != nil && kind != "NORMAL" { // the old name of a link is somewhere else
		m[folder{parent.Get("dev"), parent.Get("inode")}] = path.Dir(f.Path)
	}
}

// renamed forgets a folder and those below it.
func (m folders) renamed(dir string) {
	for k, known := range m {
		if known == dir || strings.HasPrefix(known, dir+"/") {
			delete(m, k)
		}
	}
}

// seenFile is a file that a record named.
type seenFile struct {
	path string
	at   event.Time
}

// seenFiles knows the paths of files by their numbers for a while: a call on an
// open file has only the number, and comes soon after the opening.
type seenFiles map[folder]seenFile

const (
	maxSeen = 4096
	forget  = event.Time(60_000_000_000)
)

// put takes what a PATH record was found to be.
func (m seenFiles) put(f *event.File, own *auditd.Line, at event.Time) {
	id := folder{own.Get("dev"), own.Get("inode")}
	switch {
	case !path.IsAbs(f.Path) || f.Type != "file":
	case own.Get("nametype")+own.Get("objtype") == "DELETE":
		delete(m, id)
	default:
		if len(m) >= maxSeen {
			for old, x := range m {
				if at-x.at > forget || len(m) >= maxSeen {
					delete(m, old)
				}
			}
		}
		m[id] = seenFile{f.Path, at}
	}
}

// of returns the path of the file of a PATH record, empty when it is not known.
func (m seenFiles) of(own *auditd.Line, at event.Time) string {
	x, ok := m[folder{own.Get("dev"), own.Get("inode")}]
	if !ok || at-x.at > forget {
		return ""
	}
	return x.path
}
