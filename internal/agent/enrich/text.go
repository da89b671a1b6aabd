package enrich

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// commandLine joins the arguments, and makes them parts of the line so that
// the text is held once.
func commandLine(p *event.Process) {
	if p.CommandLine != "" || len(p.Args) == 0 {
		return
	}
	p.CommandLine = strings.Join(p.Args, " ")
	at := 0
	for i, a := range p.Args {
		p.Args[i] = p.CommandLine[at : at+len(a)]
		at += len(a) + 1
	}
}

// fileNames fills in the parts of a file's path.
func fileNames(f *event.File) {
	if f == nil || f.Path == "" || f.Name != "" {
		return
	}
	i := strings.LastIndexByte(f.Path, '/')
	f.Name = f.Path[i+1:]
	if f.Directory == "" {
		f.Directory = f.Path[:max(i, min(1, i+1))]
	}
	if j := strings.LastIndexByte(f.Name, '.'); j > 0 && f.Extension == "" {
		f.Extension = f.Name[j+1:]
	}
}
