package shell

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// TestAHomeThatHangs: a home on a file system that does not answer holds up
// nothing else and is told, and its lines are learned when it answers.
func TestAHomeThatHangs(t *testing.T) {
	h := newHome(t)
	h.put(bash, "old\n")
	h.put("/root/.bash_history", "mine\n")
	answer := sensortest.Hang(t, filepath.Join(h.root, "home/ada"))
	s, told := h.sensor()
	if unseen := s.files.patience.Unseen(); len(unseen) != 1 || !strings.Contains(unseen[0], "home/ada, where the file system does not answer") {
		t.Errorf("unseen %q", unseen)
	}
	h.put("/root/.bash_history", "mine\nid\n")
	s.look(written("/root/.bash_history"))
	h.want(told, "bash: id")
	s.look(written(bash))
	h.want(told)
	<-s.files.patience.Changed() // it hangs
	answer()
	<-s.files.patience.Changed() // it answers
	s.look(written(bash))
	h.want(told) // learned
	h.put(bash, "old\nwhoami\n")
	s.look(written(bash))
	h.want(told, "bash: whoami")
}
