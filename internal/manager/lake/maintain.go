package lake

import "context"

func (l *Lake) maintain(ctx context.Context) error { <-ctx.Done(); return nil }
