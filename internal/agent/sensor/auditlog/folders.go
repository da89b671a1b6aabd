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
	if parent != nil {
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
