package file_test

import (
	osexec "os/exec"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestSmoke(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	if err := k.SetWatch([]string{"/etc/shadow", "/root/.ssh/"}); err != nil {
		t.Fatal(err)
	}
	r := sensortest.Run(t, file.New(file.Options{Kernel: k}))
	out, err := osexec.Command("/bin/sh", "-c", `cd /tmp; mkdir d; echo hi > d/a; echo more >> d/a; cat d/a > /dev/null; mv d/a d/b; chmod 600 d/b; chown 1:2 d/b; ln -s b d/c; ln d/b d/e; rm d/b; cat /etc/shadow >/dev/null; mkdir -p /root/.ssh; echo key > /root/.ssh/id; cat /root/.ssh/id; rm -r d; dd if=/dev/zero of=/tmp/x bs=1k count=4; cat < /dev/null`).CombinedOutput()
	t.Log(string(out), err)
	k.Drain()
	for _, e := range r.All(func(*event.Event) bool { return true }) {
		b, _ := e.MarshalJSON()
		t.Log(sensortest.Line(e), e.Process != nil && len(b) > 0)
	}
	t.Log(k.Losses())
	t.Log(k.Numbered(kernel.File))
}
