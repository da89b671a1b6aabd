package ship

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// window is how many batches may wait for their acknowledgement. The manager
// works on one batch of an agent at a time; a second one keeps it busy, and a
// third would only stand in the way of a finding.
const window = 2

// gathering is the batch of one lane that is being filled.
type gathering struct {
	lane   uint32
	packer *wire.Packer
	epoch  int64
}

// sent is a batch that waits for its acknowledgement.
type sent struct {
	*wirepb.Batch
	from, to int64 // times of the first and last event
}

// sender is the state of the goroutine that owns the sending side of a stream.
type sender struct {
	*session
	lanes   []*gathering // the most valuable first
	waiting []sent
	records []spool.Record
	times   map[uint32][2]int64 // of the gathered events, by lane
}

// send ships until the stream ends.
func (t *session) send(ctx context.Context) error {
	s := &sender{session: t, times: map[uint32][2]int64{}}
	for _, lane := range lanes() {
		p, err := wire.NewPacker()
		if err != nil {
			return err
		}
		s.lanes = append(s.lanes, &gathering{lane: lane, packer: p})
	}
	if err := errors.Join(s.beat(), s.tell()); err != nil {
		return err
	}
	beat := time.NewTicker(t.opts.Beat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-t.opts.Spool.Ready():
		case m := <-t.acks:
			err = s.settle(m)
		case a := <-t.docs.out:
			err = t.stream.Send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Applied{Applied: a}})
		case <-t.wake:
			err = s.tell()
		case <-beat.C:
			err = s.beat()
		case <-ctx.Done():
			return ctx.Err()
		}
		if err == nil {
			err = s.ship()
		}
		if errors.Is(err, io.EOF) {
			<-ctx.Done() // the receiver is told why the stream ended
		}
		if err != nil {
			return err
		}
	}
}

func (s *sender) beat() error {
	return s.stream.Send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Heartbeat{Heartbeat: s.opts.Heartbeat()}})
}

// tell sends the results of tasks; what is not sent goes back at the end.
func (s *sender) tell() error {
	s.inform = append(s.inform, s.takeResults()...)
	for len(s.inform) > 0 {
		if err := s.stream.Send(&wirepb.FromAgent{Message: &wirepb.FromAgent_TaskResult{TaskResult: s.inform[0]}}); err != nil {
			return err
		}
		s.inform = s.inform[1:]
	}
	return nil
}

// ship sends what is readable, the most valuable lane first. It does not wait
// for more: the spool has gathered it, and what it commits at once is urgent.
func (s *sender) ship() error {
	for _, g := range s.lanes {
		for len(s.waiting) < window {
			if err := s.gather(g); err != nil {
				return err
			}
			if g.packer.Len() == 0 {
				break
			}
			if err := s.flush(g); err != nil {
				return err
			}
		}
	}
	return nil
}

// gather reads records of the lane into its batch.
func (s *sender) gather(g *gathering) error {
	for g.packer.Size() < s.opts.BatchBytes {
		var err error
		s.records, err = s.opts.Spool.Read(g.lane, s.records[:0], s.opts.BatchBytes-g.packer.Size())
		if err != nil || len(s.records) == 0 {
			return err
		}
		if g.packer.Len() > 0 && g.epoch != s.records[0].Epoch {
			if err := s.flush(g); err != nil { // may exceed the window by one
				return err
			}
		}
		for i := range s.records {
			if err := s.add(g, &s.records[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// add puts one record into the batch of its lane.
func (s *sender) add(g *gathering, r *spool.Record) error {
	if g.packer.Len() == 0 {
		g.epoch = r.Epoch
		s.times[g.lane] = [2]int64{r.Time, r.Time}
	}
	if !g.packer.Add(r.Sequence, r.Payload) {
		if err := s.flush(g); err != nil {
			return err
		}
		return s.add(g, r)
	}
	t := s.times[g.lane]
	s.times[g.lane] = [2]int64{min(t[0], r.Time), max(t[1], r.Time)}
	return nil
}

// flush sends the batch of g.
func (s *sender) flush(g *gathering) error {
	b := g.packer.Batch(g.epoch, g.lane)
	s.counts.bytes.Add(int64(len(b.GetContent())))
	t := s.times[g.lane]
	if err := s.stream.Send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Batch{Batch: b}}); err != nil {
		return err
	}
	b.Content = nil // the spool has it
	s.waiting = append(s.waiting, sent{b, t[0], t[1]})
	return nil
}

// settle handles what the manager says of a batch.
func (s *sender) settle(m *wirepb.FromManager) error {
	mark := m.GetAck().GetMark()
	refused := m.GetRefused()
	if refused != nil {
		mark = refused.GetMark()
	}
	i := slices.IndexFunc(s.waiting, func(b sent) bool {
		return b.GetEpoch() == mark.GetEpoch() && b.GetLane() == mark.GetLane() && b.GetLast() == mark.GetSequence()
	})
	if i < 0 {
		return nil // the acknowledgement of a batch that was refused as a whole
	}
	b := s.waiting[i]
	if refused != nil {
		if !refused.GetDiscard() {
			return &Refusal{Code: codes.Unavailable, Reason: refused.GetReason()}
		}
		s.lost(b, refused)
		if refused.GetCount() < b.GetCount() {
			return nil // the rest is stored, an acknowledgement follows
		}
	} else {
		s.counts.events.Add(int64(b.GetCount()))
		s.counts.batches.Add(1)
	}
	s.waiting = slices.Delete(s.waiting, i, i+1)
	s.opts.Spool.Release(spool.Mark{Lane: b.GetLane(), Epoch: b.GetEpoch(), Sequence: b.GetLast()})
	return nil
}

// lost tells of events that the manager refused for good.
func (s *sender) lost(b sent, r *wirepb.Refused) {
	n := min(int64(r.GetCount()), int64(b.GetCount()))
	s.counts.refused.Add(n)
	s.opts.Logger.Error("events refused by the manager", "epoch", b.GetEpoch(), "lane", b.GetLane(),
		"first", r.GetFirst(), "last", b.GetLast(), "count", n, "error", r.GetReason())
	s.opts.Lost(spool.Loss{
		Lane: b.GetLane(), Epoch: b.GetEpoch(), First: max(r.GetFirst(), b.GetFirst()), Last: b.GetLast(), Count: n,
		From: b.from, To: b.to, Reason: fmt.Sprintf("refused by the manager: %.200s", r.GetReason()),
	})
}
