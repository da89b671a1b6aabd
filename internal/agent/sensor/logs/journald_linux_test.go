package logs

import (
	"net"
	"os"
	osexec "os/exec"
	"testing"
	"time"
)

// journald starts a journal daemon in the sandbox and returns what writes an
// entry.
func journald(t *testing.T) func(message string) {
	t.Helper()
	const daemon, socket = "/lib/systemd/systemd-journald", "/run/systemd/journal/socket"
	if _, err := os.Stat(daemon); err != nil {
		t.Skip("SKIPPED: no ", daemon)
	}
	for _, dir := range []string{"/run/systemd/journal", "/run/log/journal"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Remove(socket)
	c := osexec.Command(daemon)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	var conn net.Conn
	deadline := time.After(10 * time.Second)
	for conn == nil {
		var err error
		if conn, err = net.Dial("unixgram", socket); err == nil {
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatal("the journal daemon does not listen: ", err)
		}
	}
	t.Cleanup(func() { conn.Close() })
	return func(message string) {
		if _, err := conn.Write([]byte("MESSAGE=" + message + "\nPRIORITY=5\nSYSLOG_IDENTIFIER=vedette-test\n")); err != nil {
			t.Error(err)
		}
	}
}
