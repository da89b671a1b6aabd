package control

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestTrace: each line comes as it is sent, an error before the first line is
// the answer, one after it the last line, who goes away ends the trace, and who
// has enough is told how it ended.
func TestTrace(t *testing.T) {
	dir := t.TempDir()
	var asked Trace
	taken, ended := make(chan string), make(chan error, 1)
	stop := serve(t, Server{
		Status: func() any { return map[string]int{} },
		Trace: func(ctx context.Context, q Trace, send func(any) error) error {
			asked = q
			switch q.PID {
			case 1:
				return errors.New("outside the scope")
			case 2:
				return errors.Join(send(1), errors.New("broke"))
			case 3:
				err := send("first")
				<-ctx.Done()
				ended <- ctx.Err()
				return err
			}
			if q.PID == 4 {
				err := send("first")
				<-ctx.Done()
				return errors.Join(err, send("last"))
			}
			for i := range 3 {
				if err := send(i); err != nil {
					return err
				}
				<-taken // comes while the trace still runs
			}
			return nil
		},
	}, dir)
	ask := func(ctx context.Context, pid int64) (string, error) {
		var got []string
		err := Client{dir}.Trace(ctx, Trace{PID: pid, For: time.Minute, Calls: []string{"write"}}, func(line []byte) error {
			got = append(got, string(line))
			if pid == 0 {
				taken <- ""
			}
			return nil
		})
		return strings.Join(got, " "), err
	}
	if got, err := ask(t.Context(), 0); err != nil || got != "0 1 2" || asked.ID == "" || fmt.Sprint(asked.For, asked.Calls) != "1m0s [write]" {
		t.Errorf("%q, %v, asked %v", got, err, asked)
	}
	if got, err := ask(t.Context(), 1); err == nil || err.Error() != "outside the scope" || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := ask(t.Context(), 2); err != nil || got != `1 {"error":"broke"}` {
		t.Errorf("%q, %v", got, err)
	}
	ctx, leave := context.WithCancel(t.Context())
	left := errors.New("seen enough")
	err := Client{dir}.Trace(ctx, Trace{PID: 3, For: time.Minute}, func([]byte) error { return left })
	leave()
	if err := <-ended; err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("the trace goes on: %v", err)
	}
	if !errors.Is(err, left) {
		t.Error(err)
	}
	ctx, enough := context.WithCancel(t.Context())
	var got string
	err = Client{dir}.Trace(ctx, Trace{PID: 4, For: time.Minute}, func(line []byte) error {
		enough()
		got += string(line) + " "
		return nil
	})
	if err != nil || got != `"first" "last" ` {
		t.Errorf("%q, %v", got, err)
	}
	stop()
	stop = serve(t, Server{Status: func() any { return map[string]int{} }}, dir)
	defer stop()
	if _, err := ask(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "cannot list system calls") {
		t.Errorf("an agent without: %v", err)
	}
}
