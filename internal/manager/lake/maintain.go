package lake

import "context"

func (l *Lake) maintain(ctx context.Context) error { <-ctx.Done(); return nil }

// Compact merges.
func (l *Lake) Compact(ctx context.Context) (int, error) { return 0, nil }
