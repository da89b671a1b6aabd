package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// iocBatch is how many indicators one request adds: so that each has a size
// that the manager takes.
const iocBatch = 10_000

func toAPI(i ioc.Indicator) api.IOC {
	return api.IOC{Type: i.Type.String(), Value: i.Value, Source: i.Source, Level: i.Level, Tags: i.Tags, Note: i.Note, Ref: i.Ref, Distance: i.Distance, Expires: i.Expires}
}

// sender sends indicators in batches.
type sender struct {
	ctx     context.Context
	client  *api.Client
	comment string
	batch   []api.IOC
	done    importedIOCs
}

func (s *sender) add(i ioc.Indicator) error {
	if s.batch = append(s.batch, toAPI(i)); len(s.batch) < iocBatch {
		return nil
	}
	return s.flush()
}

func (s *sender) flush() error {
	if len(s.batch) == 0 {
		return nil
	}
	done, err := api.Send[api.IOCChanged](s.ctx, s.client, "POST", "/iocs", api.IOCChange{Add: s.batch, Comment: s.comment})
	if err != nil {
		if s.done.Added+s.done.Replaced > 0 {
			err = fmt.Errorf("%w; %d were added and %d replaced before", err, s.done.Added, s.done.Replaced)
		}
		return err
	}
	s.batch = s.batch[:0]
	s.done.Added += int(done.Added)
	s.done.Replaced += int(done.Replaced)
	return nil
}

func (f *iocFlags) importRemote(c *cobra.Command, files []string) error {
	return f.remote.run(func(ctx context.Context, client *api.Client, _ *printer, _ []string) error {
		s := &sender{ctx: ctx, client: client, comment: short("import "+strings.Join(files, " "), 200)}
		sum, err := f.collect(c, files, s.add)
		if err == nil {
			err = s.flush()
		}
		if err != nil {
			return err
		}
		s.done.Refused, s.done.Skipped = sum.Refused, sum.Skipped
		return f.imported(c, s.done)
	})(c, files)
}

func (f *iocFlags) addRemote(c *cobra.Command, is []ioc.Indicator) error {
	return f.remote.run(func(ctx context.Context, client *api.Client, _ *printer, _ []string) error {
		s := &sender{ctx: ctx, client: client, comment: f.note}
		for _, i := range is {
			if err := s.add(i); err != nil {
				return err
			}
		}
		if err := s.flush(); err != nil {
			return err
		}
		return f.imported(c, s.done)
	})(c, nil)
}

func (f *iocFlags) listRemote(c *cobra.Command) error {
	return f.remote.run(func(ctx context.Context, client *api.Client, _ *printer, _ []string) error {
		q := api.IOCQuery{Type: f.kind, Source: f.source, Search: f.value, Expired: f.expired}
		var out []shownIOC
		for {
			q.Limit = 10_000
			if f.limit > 0 {
				q.Limit = min(q.Limit, f.limit-len(out))
			}
			l, err := api.Get[api.IOCList](ctx, client, "/iocs", q)
			if err != nil {
				return err
			}
			for _, a := range l.IOCs {
				i := ioc.Indicator{Value: a.Value, Source: a.Source, Level: a.Level, Tags: a.Tags, Note: a.Note, Ref: a.Ref, Distance: a.Distance, Expires: a.Expires}
				i.Type, _ = ioc.ParseType(a.Type) // None when the manager is newer
				out = append(out, shownIOC{a.ID, i})
			}
			if q.Cursor = l.Next; q.Cursor == "" || f.limit > 0 && len(out) >= f.limit {
				return f.show(c, out, int(l.Matched)-len(out))
			}
		}
	})(c, nil)
}

func (f *iocFlags) removeRemote(c *cobra.Command, values []string) error {
	return f.remote.run(func(ctx context.Context, client *api.Client, _ *printer, _ []string) error {
		done, err := api.Send[api.IOCChanged](ctx, client, "POST", "/iocs/remove", api.IOCRemoval{Values: values, Type: f.kind, Source: f.source, Search: f.value, Expired: f.expired})
		if err != nil {
			return err
		}
		return f.removed(c, int(done.Removed))
	})(c, nil)
}

func (f *iocFlags) testRemote(c *cobra.Command, values []string) error {
	return f.remote.run(func(ctx context.Context, client *api.Client, _ *printer, _ []string) error {
		t, err := api.Send[api.IOCTested](ctx, client, "POST", "/iocs/test", api.IOCTest{Values: values})
		if err != nil {
			return err
		}
		var out []testedIOC
		for _, h := range t.Hits {
			out = append(out, testedIOC{Value: h.Value, Type: h.Type, Indicator: h.Indicator, ID: h.ID, Level: h.Level, Source: h.Source, Name: h.Name})
		}
		return f.tested(c, out)
	})(c, nil)
}
