package shell

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// openFiles reads what was kept. A file of another version or that cannot be
// read is begun anew.
func openFiles(state, root string, proc *procfs.FS) (*files, error) {
	f := &files{state: state, root: root, proc: proc, marks: map[place]*mark{}, absent: map[string]bool{}, patience: sensor.NewPatience()}
	var st syscall.Stat_t
	if err := syscall.Stat(proc.Root()+"/self/ns/mnt", &st); err == nil {
		f.own = int64(st.Ino)
	}
	if state == "" {
		return f, nil
	}
	text, err := os.ReadFile(state)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read how far history files were read: %w", err)
	}
	var marks map[string]*mark
	if json.Unmarshal(text, &marks) != nil || len(marks) > maxFiles {
		return f, nil // what it held cannot be known; the files are learned again
	}
	f.known = true
	for path, m := range marks {
		if m != nil {
			f.marks[place{path: path}] = m
		}
	}
	return f, nil
}

// save keeps the marks of the host's files.
func (f *files) save() error {
	if !f.changed || f.state == "" {
		return nil
	}
	marks := map[string]*mark{}
	for at, m := range f.marks {
		if at.namespace == 0 {
			marks[at.path] = m
		}
	}
	text, err := json.Marshal(marks)
	if err == nil {
		err = sensor.Keep(f.state, text)
	}
	if err != nil {
		return fmt.Errorf("keep how far history files were read: %w", err)
	}
	f.changed = false
	return nil
}

// homes returns where the users of the host may have history files.
func (f *files) homes() []string {
	dirs := []string{"/root"}
	if passwd, err := os.Open(filepath.Join(f.root, "etc/passwd")); err == nil {
		for s := bufio.NewScanner(passwd); s.Scan() && len(dirs) < maxHomes; {
			if p := strings.Split(s.Text(), ":"); len(p) == 7 && filepath.IsAbs(p[5]) && p[5] != "/" {
				dirs = append(dirs, filepath.Clean(p[5]))
			}
		}
		passwd.Close()
	}
	slices.Sort(dirs)
	var out []string
	for _, dir := range slices.Compact(dirs) {
		for _, name := range []string{
			".bash_history", ".zsh_history", ".zhistory", ".histfile", ".local/share/fish/fish_history",
			".ash_history", ".sh_history", ".ksh_history", ".mksh_history",
		} {
			out = append(out, filepath.Join(dir, name))
		}
	}
	return out
}
