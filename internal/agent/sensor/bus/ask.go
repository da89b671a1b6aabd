package bus

import (
	"context"
	"fmt"
)

// AddMatch has the bus send the signals that a rule describes.
func (c *Conn) AddMatch(ctx context.Context, rule string) error {
	if _, err := c.Do(ctx, Method{Member: "AddMatch", Signature: "s", Args: []any{rule}}); err != nil {
		return fmt.Errorf("match %s: %w", rule, err)
	}
	return nil
}

// Monitor makes the connection one that sees the messages of others that
// match one of the rules. The bus permits it to root and to its own user. A
// monitor can send nothing any more: ask through another connection.
func (c *Conn) Monitor(ctx context.Context, rules ...string) error {
	_, err := c.Do(ctx, Method{
		Interface: "org.freedesktop.DBus.Monitoring", Member: "BecomeMonitor", Signature: "asu", Args: []any{rules, 0},
	})
	if err != nil {
		return fmt.Errorf("listen to the calls of others: %w", err)
	}
	c.mu.Lock()
	c.monitor = true
	c.mu.Unlock()
	return nil
}

// Owner returns the unique name of who owns a name.
func (c *Conn) Owner(ctx context.Context, name string) (string, error) {
	values, err := c.Do(ctx, Method{Member: "GetNameOwner", Signature: "s", Args: []any{name}})
	if err != nil {
		return "", err
	}
	return Text(values, 0)
}

// Credentials say who is behind a name.
type Credentials struct {
	PID int64 // in the pid namespace of the bus
	UID int64
}

// Credentials asks who is behind a name. The pid is that at the time when the
// process connected.
func (c *Conn) Credentials(ctx context.Context, name string) (Credentials, error) {
	out := Credentials{PID: -1, UID: -1}
	values, err := c.Do(ctx, Method{Member: "GetConnectionCredentials", Signature: "s", Args: []any{name}})
	if err != nil {
		return out, err
	}
	entries, err := as[[]any](values, 0)
	if err != nil {
		return out, err
	}
	for _, e := range entries {
		pair, ok := e.([]any)
		if !ok || len(pair) != 2 {
			continue
		}
		n, _ := pair[1].(int64)
		switch pair[0] {
		case "ProcessID":
			out.PID = n
		case "UnixUserID":
			out.UID = n
		}
	}
	return out, nil
}

// Get returns a property of an object.
func (c *Conn) Get(ctx context.Context, destination, path, iface, property string) (any, error) {
	values, err := c.Do(ctx, Method{
		Destination: destination, Path: path, Interface: "org.freedesktop.DBus.Properties", Member: "Get",
		Signature: "ss", Args: []any{iface, property},
	})
	if err != nil {
		return nil, fmt.Errorf("property %s of %s: %w", property, path, err)
	}
	return as[any](values, 0)
}
