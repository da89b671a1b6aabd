package sensor

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A look that hangs is given up, no other one in its folder is begun, and others
// are made as ever; when it ends all is as before.
func TestPatience(t *testing.T) {
	p := NewPatience()
	p.wait = 20 * time.Millisecond
	server := make(chan struct{})
	var begun atomic.Int64
	hang := func() (string, error) { begun.Add(1); <-server; return "late", nil }
	look := func() (string, error) { return "found", nil }
	if got, err := Within(p, "/", "/home/bob/.ssh/authorized_keys", look); got != "found" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	got, err := Within(p, "/", "/home/bob/.ssh/authorized_keys", hang)
	var where *fs.PathError
	if got != "" || !errors.Is(err, ErrHangs) || !errors.As(err, &where) || where.Path != "/home/bob/.ssh/authorized_keys" {
		t.Fatalf("%q, %v", got, err)
	}
	for range 10 {
		if _, err := Within(p, "/", "/home/bob/.bashrc", hang); !errors.Is(err, ErrHangs) {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"/home/ann/.bashrc", "/home", "/etc/passwd"} {
		if got, err := Within(p, "/", name, look); got != "found" || err != nil || p.Hangs("/", name) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := Within(p, "/proc/7/root", "/home/bob/.bashrc", look); got != "found" || err != nil {
		t.Errorf("another mount namespace: %q, %v", got, err)
	}
	if unseen := strings.Join(p.Unseen(), ";"); begun.Load() != 1 || !p.Hangs("/", "/home/bob/x/y") || unseen != "files below /home/bob, where the file system does not answer (11 looks not made so far)" {
		t.Errorf("%d begun; %s", begun.Load(), unseen)
	}
	<-p.Changed()
	close(server)
	<-p.Changed()
	if got, err := Within(p, "/", "/home/bob/.bashrc", look); got != "found" || err != nil || p.Unseen() != nil {
		t.Errorf("after it ended: %q, %v, %v", got, err, p.Unseen())
	}
}

// When the folder above hangs, all below it do.
func TestPatienceWithAFolderOfFolders(t *testing.T) {
	p := NewPatience()
	p.wait = time.Millisecond
	server := make(chan struct{})
	defer close(server)
	if _, err := Within(p, "/", "/home", func() (int, error) { <-server; return 0, nil }); !errors.Is(err, ErrHangs) {
		t.Fatal(err)
	}
	if _, err := Within(p, "/", "/home/ann/.bashrc", func() (int, error) { return 1, nil }); !errors.Is(err, ErrHangs) {
		t.Fatal(err)
	}
}

// The goroutines that are left waiting are bounded, and so is the time for them.
func TestPatienceIsBounded(t *testing.T) {
	p := NewPatience()
	p.wait = 10 * time.Millisecond
	server := make(chan struct{})
	var begun atomic.Int64
	began := time.Now()
	for i := range 3 * maxHung {
		if _, err := Within(p, "/", fmt.Sprintf("/home/%d/x", i), func() (int, error) {
			begun.Add(1)
			<-server
			return 0, nil
		}); !errors.Is(err, ErrHangs) {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); begun.Load() != maxHung || took > 5*time.Second {
		t.Errorf("%d looks were begun in %v", begun.Load(), took)
	}
	if got, err := Within(p, "/", "/etc/passwd", func() (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("elsewhere: %d, %v", got, err)
	}
	if unseen := p.Unseen()[0]; !strings.Contains(unseen, "and 61 more folders") {
		t.Error(unseen)
	}
	close(server)
}

// Without patience a look is made as it is.
func TestNoPatience(t *testing.T) {
	var p *Patience
	if got, err := Within(p, "/", "/x", func() (int, error) { return 7, nil }); got != 7 || err != nil || p.Hangs("/", "/x") || p.Unseen() != nil || p.Changed() != nil {
		t.Errorf("%d, %v", got, err)
	}
}
