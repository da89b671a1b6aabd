package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// maxStreamMessage is the largest message of the live stream, bytes.
const maxStreamMessage = 4 << 20

// Stream follows the live stream until ctx is done, do returns an error, or the
// connection could not be restored. A broken connection is opened again where
// it ended.
func (c *Client) Stream(ctx context.Context, ask StreamRequest, do func(StreamMessage) error) error {
	pause := time.Second
	for {
		got, err := c.follow(ctx, &ask, do)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if got == 0 || pause > 30*time.Second {
			return err
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
		pause *= 2
	}
}

// follow reads one connection; it returns how many messages came, 0 also when
// nothing should be tried again.
func (c *Client) follow(ctx context.Context, ask *StreamRequest, do func(StreamMessage) error) (got int, err error) {
	target := strings.Replace(c.profile.URL, "https://", "wss://", 1) + Prefix + "/stream?" + encodeQuery(ask).Encode()
	header := http.Header{}
	if c.profile.Key != "" {
		header.Set("Authorization", "Bearer "+c.profile.Key)
	}
	plain := &http.Client{Transport: c.http.Transport} // without the timeout of requests
	conn, answer, err := websocket.Dial(ctx, target, &websocket.DialOptions{HTTPClient: plain, HTTPHeader: header})
	if err != nil {
		if answer != nil && answer.StatusCode >= http.StatusBadRequest {
			text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096)) // what came is enough
			return 0, problem(answer, text)
		}
		return 0, fmt.Errorf("open live stream: %w", explain(err))
	}
	defer func() { _ = conn.CloseNow() }() // the other side may be gone
	conn.SetReadLimit(maxStreamMessage)
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return got, fmt.Errorf("read live stream: %w", err)
		}
		var m StreamMessage
		if err := json.Unmarshal(text, &m); err != nil {
			return got, fmt.Errorf("read live stream: %w", err)
		}
		got++
		ask.Resume = m.ID
		if err := do(m); err != nil {
			return 0, err
		}
	}
}
