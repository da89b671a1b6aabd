// Code generated from internal/event/field.go by internal/event/gen. DO NOT EDIT.

package wire

import (
	"math"
	"net/netip"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/eventpb"
)

// appendMessage appends e as an eventpb.Event, but for what the receiver knows
// from elsewhere: the agent's id, the epoch and the time of arrival.
func appendMessage(b []byte, e *event.Event) []byte {
	if n := e.Time; n != 0 {
		b = appendFixed(append(b, 0x9), uint64(n))
	}
	if n := e.Kind; n != 0 {
		b = appendVarint(append(b, 0x18), uint64(n))
	}
	if n := e.Sequence; n != 0 {
		b = appendVarint(append(b, 0x30), uint64(n))
	}
	if s := e.HostName; s != "" {
		b = appendText(append(b, 0x3a), s)
	}
	if s := e.Provider; s != "" {
		b = appendText(append(b, 0x42), s)
	}
	if s := e.Rung; s != "" {
		b = appendText(append(b, 0x4a), s)
	}
	if n := e.SensorSequence; n != 0 {
		b = appendVarint(append(b, 0x50), uint64(n))
	}
	if s := e.Outcome; s != "" {
		b = appendText(append(b, 0x5a), s)
	}
	if s := e.ErrorCode; s != "" {
		b = appendText(append(b, 0x62), s)
	}
	if s := e.ContainerID; s != "" {
		b = appendText(append(b, 0x6a), s)
	}
	if e.Process != nil {
		if s := e.Process.EntityID; s != "" {
			b = appendText(append(b, 0xa2, 0x1), s)
		}
		if n := e.Process.PID; n != 0 {
			b = appendVarint(append(b, 0xa8, 0x1), uint64(n))
		}
		if n := e.Process.NSPID; n != 0 {
			b = appendVarint(append(b, 0xb0, 0x1), uint64(n))
		}
		if s := e.Process.Name; s != "" {
			b = appendText(append(b, 0xba, 0x1), s)
		}
		if s := e.Process.Executable; s != "" {
			b = appendText(append(b, 0xc2, 0x1), s)
		}
		if s := e.Process.CommandLine; s != "" {
			b = appendText(append(b, 0xca, 0x1), s)
		}
		for _, s := range e.Process.Args {
			b = appendText(append(b, 0xd2, 0x1), s)
		}
		if n := e.Process.ArgsCount; n != 0 {
			b = appendVarint(append(b, 0xd8, 0x1), uint64(n))
		}
		if n := e.Process.ArgsSize; n != 0 {
			b = appendVarint(append(b, 0xe0, 0x1), uint64(n))
		}
		if s := e.Process.WorkingDirectory; s != "" {
			b = appendText(append(b, 0xea, 0x1), s)
		}
		if s := e.Process.Script; s != "" {
			b = appendText(append(b, 0xf2, 0x1), s)
		}
		if n := e.Process.Start; n != 0 {
			b = appendFixed(append(b, 0xf9, 0x1), uint64(n))
		}
		if n := e.Process.End; n != 0 {
			b = appendFixed(append(b, 0x81, 0x2), uint64(n))
		}
		if n := e.Process.ExitCode; n.OK {
			b = appendVarint(append(b, 0x88, 0x2), zigzag(n.N))
		}
		if s := e.Process.TTY; s != "" {
			b = appendText(append(b, 0x92, 0x2), s)
		}
		if n := e.Process.SessionID; n != 0 {
			b = appendVarint(append(b, 0x98, 0x2), uint64(n))
		}
		if n := e.Process.GroupID; n != 0 {
			b = appendVarint(append(b, 0xa0, 0x2), uint64(n))
		}
		if s := e.Process.AuditUserID; s != "" {
			b = appendText(append(b, 0xaa, 0x2), s)
		}
		if s := e.Process.AuditSessionID; s != "" {
			b = appendText(append(b, 0xb2, 0x2), s)
		}
		if s := e.Process.Capabilities; s != "" {
			b = appendText(append(b, 0xba, 0x2), s)
		}
		if e.Process.MemoryBacked {
			b = append(append(b, 0xc0, 0x2), 1)
		}
		if n := e.Process.CgroupID; n != 0 {
			b = appendVarint(append(b, 0xc8, 0x2), uint64(n))
		}
		if s := e.Process.CgroupPath; s != "" {
			b = appendText(append(b, 0xd2, 0x2), s)
		}
	}
	if e.Process != nil && e.Process.Namespaces != nil {
		if n := e.Process.Namespaces.PID; n != 0 {
			b = appendVarint(append(b, 0xd8, 0x2), uint64(n))
		}
		if n := e.Process.Namespaces.Mount; n != 0 {
			b = appendVarint(append(b, 0xe0, 0x2), uint64(n))
		}
		if n := e.Process.Namespaces.Net; n != 0 {
			b = appendVarint(append(b, 0xe8, 0x2), uint64(n))
		}
		if n := e.Process.Namespaces.UTS; n != 0 {
			b = appendVarint(append(b, 0xf0, 0x2), uint64(n))
		}
	}
	if e.Process != nil && e.Process.Hash != nil {
		if s := e.Process.Hash.MD5; s != "" {
			b = appendText(append(b, 0xfa, 0x2), s)
		}
		if s := e.Process.Hash.SHA1; s != "" {
			b = appendText(append(b, 0x82, 0x3), s)
		}
		if s := e.Process.Hash.SHA256; s != "" {
			b = appendText(append(b, 0x8a, 0x3), s)
		}
		if s := e.Process.Hash.Status; s != "" {
			b = appendText(append(b, 0x92, 0x3), s)
		}
	}
	if e.Process != nil && e.Process.Parent != nil {
		if s := e.Process.Parent.EntityID; s != "" {
			b = appendText(append(b, 0x9a, 0x3), s)
		}
		if n := e.Process.Parent.PID; n != 0 {
			b = appendVarint(append(b, 0xa0, 0x3), uint64(n))
		}
		if s := e.Process.Parent.Name; s != "" {
			b = appendText(append(b, 0xaa, 0x3), s)
		}
		if s := e.Process.Parent.Executable; s != "" {
			b = appendText(append(b, 0xb2, 0x3), s)
		}
		if s := e.Process.Parent.CommandLine; s != "" {
			b = appendText(append(b, 0xba, 0x3), s)
		}
		if s := e.Process.Parent.WorkingDirectory; s != "" {
			b = appendText(append(b, 0xc2, 0x3), s)
		}
	}
	if e.Process != nil && e.Process.Ancestors != nil {
		for _, s := range e.Process.Ancestors.EntityIDs {
			b = appendText(append(b, 0xca, 0x3), s)
		}
		for _, s := range e.Process.Ancestors.Names {
			b = appendText(append(b, 0xd2, 0x3), s)
		}
		for _, s := range e.Process.Ancestors.Executables {
			b = appendText(append(b, 0xda, 0x3), s)
		}
		for _, s := range e.Process.Ancestors.CommandLines {
			b = appendText(append(b, 0xe2, 0x3), s)
		}
	}
	if e.Process != nil && e.Process.Activity != nil {
		if n := e.Process.Activity.Children; n != 0 {
			b = appendVarint(append(b, 0xe8, 0x3), uint64(n))
		}
		if n := e.Process.Activity.Executions; n != 0 {
			b = appendVarint(append(b, 0xf0, 0x3), uint64(n))
		}
		if n := e.Process.Activity.FilesCreated; n != 0 {
			b = appendVarint(append(b, 0xf8, 0x3), uint64(n))
		}
		if n := e.Process.Activity.FilesWritten; n != 0 {
			b = appendVarint(append(b, 0x80, 0x4), uint64(n))
		}
		if n := e.Process.Activity.FilesRenamed; n != 0 {
			b = appendVarint(append(b, 0x88, 0x4), uint64(n))
		}
		if n := e.Process.Activity.FilesDeleted; n != 0 {
			b = appendVarint(append(b, 0x90, 0x4), uint64(n))
		}
		if n := e.Process.Activity.Connections; n != 0 {
			b = appendVarint(append(b, 0x98, 0x4), uint64(n))
		}
		if n := e.Process.Activity.Accepts; n != 0 {
			b = appendVarint(append(b, 0xa0, 0x4), uint64(n))
		}
	}
	if e.User != nil {
		if s := e.User.ID; s != "" {
			b = appendText(append(b, 0xb2, 0x4), s)
		}
		if s := e.User.Name; s != "" {
			b = appendText(append(b, 0xba, 0x4), s)
		}
		if s := e.User.GroupID; s != "" {
			b = appendText(append(b, 0xc2, 0x4), s)
		}
		if s := e.User.GroupName; s != "" {
			b = appendText(append(b, 0xca, 0x4), s)
		}
		if s := e.User.EffectiveID; s != "" {
			b = appendText(append(b, 0xd2, 0x4), s)
		}
		if s := e.User.EffectiveName; s != "" {
			b = appendText(append(b, 0xda, 0x4), s)
		}
		if s := e.User.EffectiveGroupID; s != "" {
			b = appendText(append(b, 0xe2, 0x4), s)
		}
	}
	if e.File != nil {
		if s := e.File.Path; s != "" {
			b = appendText(append(b, 0x82, 0x5), s)
		}
		if s := e.File.OriginalPath; s != "" {
			b = appendText(append(b, 0x8a, 0x5), s)
		}
		if s := e.File.TargetPath; s != "" {
			b = appendText(append(b, 0x92, 0x5), s)
		}
		if s := e.File.Name; s != "" {
			b = appendText(append(b, 0x9a, 0x5), s)
		}
		if s := e.File.Directory; s != "" {
			b = appendText(append(b, 0xa2, 0x5), s)
		}
		if s := e.File.Extension; s != "" {
			b = appendText(append(b, 0xaa, 0x5), s)
		}
		if s := e.File.Type; s != "" {
			b = appendText(append(b, 0xb2, 0x5), s)
		}
		if n := e.File.Size; n.OK {
			b = appendVarint(append(b, 0xb8, 0x5), zigzag(n.N))
		}
		if s := e.File.Mode; s != "" {
			b = appendText(append(b, 0xc2, 0x5), s)
		}
		if s := e.File.PreviousMode; s != "" {
			b = appendText(append(b, 0xca, 0x5), s)
		}
		if s := e.File.UID; s != "" {
			b = appendText(append(b, 0xd2, 0x5), s)
		}
		if s := e.File.GID; s != "" {
			b = appendText(append(b, 0xda, 0x5), s)
		}
		if s := e.File.PreviousUID; s != "" {
			b = appendText(append(b, 0xe2, 0x5), s)
		}
		if s := e.File.PreviousGID; s != "" {
			b = appendText(append(b, 0xea, 0x5), s)
		}
		if s := e.File.Owner; s != "" {
			b = appendText(append(b, 0xf2, 0x5), s)
		}
		if s := e.File.Group; s != "" {
			b = appendText(append(b, 0xfa, 0x5), s)
		}
		if n := e.File.Inode; n != 0 {
			b = appendVarint(append(b, 0x80, 0x6), uint64(n))
		}
		if n := e.File.Device; n != 0 {
			b = appendVarint(append(b, 0x88, 0x6), uint64(n))
		}
		if n := e.File.Links; n.OK {
			b = appendVarint(append(b, 0x90, 0x6), zigzag(n.N))
		}
		if s := e.File.Filesystem; s != "" {
			b = appendText(append(b, 0x9a, 0x6), s)
		}
		if n := e.File.Modified; n != 0 {
			b = appendFixed(append(b, 0xa1, 0x6), uint64(n))
		}
		if n := e.File.Changed; n != 0 {
			b = appendFixed(append(b, 0xa9, 0x6), uint64(n))
		}
		if s := e.File.OpenFlags; s != "" {
			b = appendText(append(b, 0xb2, 0x6), s)
		}
		if s := e.File.XattrName; s != "" {
			b = appendText(append(b, 0xba, 0x6), s)
		}
	}
	if e.File != nil && e.File.Hash != nil {
		if s := e.File.Hash.MD5; s != "" {
			b = appendText(append(b, 0xc2, 0x6), s)
		}
		if s := e.File.Hash.SHA1; s != "" {
			b = appendText(append(b, 0xca, 0x6), s)
		}
		if s := e.File.Hash.SHA256; s != "" {
			b = appendText(append(b, 0xd2, 0x6), s)
		}
		if s := e.File.Hash.Status; s != "" {
			b = appendText(append(b, 0xda, 0x6), s)
		}
	}
	if e.Net != nil {
		if ip := e.Net.SourceIP; ip.IsValid() {
			b = appendAddress(append(b, 0xc2, 0x7), ip)
		}
		if n := e.Net.SourcePort; n != 0 {
			b = appendVarint(append(b, 0xc8, 0x7), uint64(n))
		}
		if ip := e.Net.DestinationIP; ip.IsValid() {
			b = appendAddress(append(b, 0xd2, 0x7), ip)
		}
		if n := e.Net.DestinationPort; n != 0 {
			b = appendVarint(append(b, 0xd8, 0x7), uint64(n))
		}
		if s := e.Net.DestinationDomain; s != "" {
			b = appendText(append(b, 0xe2, 0x7), s)
		}
		if s := e.Net.Transport; s != "" {
			b = appendText(append(b, 0xea, 0x7), s)
		}
		if s := e.Net.Type; s != "" {
			b = appendText(append(b, 0xf2, 0x7), s)
		}
		if s := e.Net.Direction; s != "" {
			b = appendText(append(b, 0xfa, 0x7), s)
		}
	}
	if e.Finding != nil {
		if s := e.Finding.RuleID; s != "" {
			b = appendText(append(b, 0xe2, 0x8), s)
		}
		if s := e.Finding.RuleName; s != "" {
			b = appendText(append(b, 0xea, 0x8), s)
		}
		if s := e.Finding.RuleFormat; s != "" {
			b = appendText(append(b, 0xf2, 0x8), s)
		}
		if s := e.Finding.Level; s != "" {
			b = appendText(append(b, 0xfa, 0x8), s)
		}
		if n := e.Finding.Severity; n != 0 {
			b = appendVarint(append(b, 0x80, 0x9), uint64(n))
		}
		for _, s := range e.Finding.Techniques {
			b = appendText(append(b, 0x8a, 0x9), s)
		}
		for _, s := range e.Finding.Tactics {
			b = appendText(append(b, 0x92, 0x9), s)
		}
		for _, s := range e.Finding.MatchedFields {
			b = appendText(append(b, 0x9a, 0x9), s)
		}
		for _, s := range e.Finding.MatchedValues {
			b = appendText(append(b, 0xa2, 0x9), s)
		}
		for _, s := range e.Finding.Actions {
			b = appendText(append(b, 0xaa, 0x9), s)
		}
		if s := e.Finding.EventKind; s != "" {
			b = appendText(append(b, 0xb2, 0x9), s)
		}
		if s := localID(e.Finding.EventID, e.Agent); s != "" {
			b = appendText(append(b, 0xba, 0x9), s)
		}
		for _, s := range e.Finding.EventIDs {
			b = appendText(append(b, 0xa2, 0xe), s)
		}
		for _, s := range e.Finding.Group {
			b = appendText(append(b, 0xaa, 0xe), s)
		}
	}
	if e.Response != nil {
		if s := e.Response.Action; s != "" {
			b = appendText(append(b, 0x82, 0xa), s)
		}
		if s := e.Response.Mode; s != "" {
			b = appendText(append(b, 0x8a, 0xa), s)
		}
		if s := e.Response.Result; s != "" {
			b = appendText(append(b, 0x92, 0xa), s)
		}
		if s := e.Response.Reason; s != "" {
			b = appendText(append(b, 0x9a, 0xa), s)
		}
		if s := e.Response.RuleID; s != "" {
			b = appendText(append(b, 0xa2, 0xa), s)
		}
		if s := e.Response.EntityID; s != "" {
			b = appendText(append(b, 0xaa, 0xa), s)
		}
		if n := e.Response.PID; n != 0 {
			b = appendVarint(append(b, 0xb0, 0xa), uint64(n))
		}
		if n := e.Response.Latency; n != 0 {
			b = appendVarint(append(b, 0xb8, 0xa), uint64(n))
		}
		if s := e.Response.TaskID; s != "" {
			b = appendText(append(b, 0xc2, 0xa), s)
		}
	}
	if e.Status != nil {
		if s := e.Status.Version; s != "" {
			b = appendText(append(b, 0xa2, 0xb), s)
		}
		if s := e.Status.Sensor; s != "" {
			b = appendText(append(b, 0xaa, 0xb), s)
		}
		if s := e.Status.Rung; s != "" {
			b = appendText(append(b, 0xb2, 0xb), s)
		}
		if s := e.Status.RungReason; s != "" {
			b = appendText(append(b, 0xba, 0xb), s)
		}
		if s := e.Status.LossStage; s != "" {
			b = appendText(append(b, 0xc2, 0xb), s)
		}
		if s := e.Status.LossSensor; s != "" {
			b = appendText(append(b, 0xca, 0xb), s)
		}
		if s := e.Status.LossKind; s != "" {
			b = appendText(append(b, 0xd2, 0xb), s)
		}
		if n := e.Status.LossCount; n.OK {
			b = appendVarint(append(b, 0xd8, 0xb), zigzag(n.N))
		}
		if s := e.Status.LossState; s != "" {
			b = appendText(append(b, 0xe2, 0xb), s)
		}
		if s := e.Status.LossReason; s != "" {
			b = appendText(append(b, 0xea, 0xb), s)
		}
		if n := e.Status.From; n != 0 {
			b = appendFixed(append(b, 0xf1, 0xb), uint64(n))
		}
		if n := e.Status.To; n != 0 {
			b = appendFixed(append(b, 0xf9, 0xb), uint64(n))
		}
		if n := e.Status.CPUMillis; n != 0 {
			b = appendVarint(append(b, 0x80, 0xc), uint64(n))
		}
		if n := e.Status.ResidentSize; n != 0 {
			b = appendVarint(append(b, 0x88, 0xc), uint64(n))
		}
		if n := e.Status.MemoryUsed; n != 0 {
			b = appendVarint(append(b, 0x90, 0xc), uint64(n))
		}
		if n := e.Status.MemoryTotal; n != 0 {
			b = appendVarint(append(b, 0x98, 0xc), uint64(n))
		}
		if n := e.Status.DiskUsed; n != 0 {
			b = appendVarint(append(b, 0xa0, 0xc), uint64(n))
		}
		if n := e.Status.DiskTotal; n != 0 {
			b = appendVarint(append(b, 0xa8, 0xc), uint64(n))
		}
		if n := e.Status.Uptime; n != 0 {
			b = appendVarint(append(b, 0xb0, 0xc), uint64(n))
		}
		if n := e.Status.CPUPercent; n != 0 {
			b = appendFixed(append(b, 0xb9, 0xc), math.Float64bits(n))
		}
		if n := e.Status.NetReceived; n != 0 {
			b = appendVarint(append(b, 0xc0, 0xc), uint64(n))
		}
		if n := e.Status.NetSent; n != 0 {
			b = appendVarint(append(b, 0xc8, 0xc), uint64(n))
		}
	}
	if e.Log != nil {
		if s := e.Log.Source; s != "" {
			b = appendText(append(b, 0xe2, 0xd), s)
		}
		if s := e.Log.Channel; s != "" {
			b = appendText(append(b, 0xea, 0xd), s)
		}
		if s := e.Log.Provider; s != "" {
			b = appendText(append(b, 0xf2, 0xd), s)
		}
		if s := e.Log.Code; s != "" {
			b = appendText(append(b, 0xfa, 0xd), s)
		}
		if s := e.Log.RecordID; s != "" {
			b = appendText(append(b, 0x82, 0xe), s)
		}
		if s := e.Log.Message; s != "" {
			b = appendText(append(b, 0x8a, 0xe), s)
		}
		for _, s := range e.Log.Names {
			b = appendText(append(b, 0x92, 0xe), s)
		}
		for _, s := range e.Log.Values {
			b = appendText(append(b, 0x9a, 0xe), s)
		}
	}
	return b
}

// fromMessage copies m into e, which must be empty, and makes the sections
// that have a field.
func fromMessage(m *eventpb.Event, e *event.Event) {
	if m.Timestamp != 0 {
		e.Time = event.Time(m.Timestamp)
	}
	if m.EventIngested != 0 {
		e.Ingested = event.Time(m.EventIngested)
	}
	if m.EventAction != 0 {
		e.Kind = event.Kind(m.EventAction)
	}
	if m.AgentId != "" {
		e.Agent = m.AgentId
	}
	if m.AgentEpoch != 0 {
		e.Epoch = m.AgentEpoch
	}
	if m.EventSequence != 0 {
		e.Sequence = m.EventSequence
	}
	if m.HostName != "" {
		e.HostName = m.HostName
	}
	if m.EventProvider != "" {
		e.Provider = m.EventProvider
	}
	if m.EventRung != "" {
		e.Rung = m.EventRung
	}
	if m.EventSensorSequence != 0 {
		e.SensorSequence = m.EventSensorSequence
	}
	if m.EventOutcome != "" {
		e.Outcome = m.EventOutcome
	}
	if m.ErrorCode != "" {
		e.ErrorCode = m.ErrorCode
	}
	if m.ContainerId != "" {
		e.ContainerID = m.ContainerId
	}
	if m.ProcessEntityId != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.EntityID = m.ProcessEntityId
	}
	if m.ProcessPid != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.PID = m.ProcessPid
	}
	if m.ProcessNamespacedPid != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.NSPID = m.ProcessNamespacedPid
	}
	if m.ProcessName != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.Name = m.ProcessName
	}
	if m.ProcessExecutable != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.Executable = m.ProcessExecutable
	}
	if m.ProcessCommandLine != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.CommandLine = m.ProcessCommandLine
	}
	if len(m.ProcessArgs) > 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.Args = m.ProcessArgs
	}
	if m.ProcessArgsCount != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.ArgsCount = m.ProcessArgsCount
	}
	if m.ProcessArgsSize != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.ArgsSize = m.ProcessArgsSize
	}
	if m.ProcessWorkingDirectory != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.WorkingDirectory = m.ProcessWorkingDirectory
	}
	if m.ProcessScript != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.Script = m.ProcessScript
	}
	if m.ProcessStart != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.Start = event.Time(m.ProcessStart)
	}
	if m.ProcessEnd != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.End = event.Time(m.ProcessEnd)
	}
	if m.ProcessExitCode != nil {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.ExitCode = event.Some(*m.ProcessExitCode)
	}
	if m.ProcessTtyName != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.TTY = m.ProcessTtyName
	}
	if m.ProcessSessionLeaderPid != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.SessionID = m.ProcessSessionLeaderPid
	}
	if m.ProcessGroupLeaderPid != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.GroupID = m.ProcessGroupLeaderPid
	}
	if m.ProcessAuditUserId != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.AuditUserID = m.ProcessAuditUserId
	}
	if m.ProcessAuditSessionId != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.AuditSessionID = m.ProcessAuditSessionId
	}
	if m.ProcessCapabilities != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.Capabilities = m.ProcessCapabilities
	}
	if m.ProcessMemoryBacked {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.MemoryBacked = m.ProcessMemoryBacked
	}
	if m.ProcessCgroupId != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.CgroupID = m.ProcessCgroupId
	}
	if m.ProcessCgroupPath != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		e.Process.CgroupPath = m.ProcessCgroupPath
	}
	if m.ProcessNamespacePid != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Namespaces == nil {
			e.Process.Namespaces = &event.Namespaces{}
		}
		e.Process.Namespaces.PID = m.ProcessNamespacePid
	}
	if m.ProcessNamespaceMount != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Namespaces == nil {
			e.Process.Namespaces = &event.Namespaces{}
		}
		e.Process.Namespaces.Mount = m.ProcessNamespaceMount
	}
	if m.ProcessNamespaceNet != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Namespaces == nil {
			e.Process.Namespaces = &event.Namespaces{}
		}
		e.Process.Namespaces.Net = m.ProcessNamespaceNet
	}
	if m.ProcessNamespaceUts != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Namespaces == nil {
			e.Process.Namespaces = &event.Namespaces{}
		}
		e.Process.Namespaces.UTS = m.ProcessNamespaceUts
	}
	if m.ProcessHashMd5 != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Hash == nil {
			e.Process.Hash = &event.Hash{}
		}
		e.Process.Hash.MD5 = m.ProcessHashMd5
	}
	if m.ProcessHashSha1 != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Hash == nil {
			e.Process.Hash = &event.Hash{}
		}
		e.Process.Hash.SHA1 = m.ProcessHashSha1
	}
	if m.ProcessHashSha256 != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Hash == nil {
			e.Process.Hash = &event.Hash{}
		}
		e.Process.Hash.SHA256 = m.ProcessHashSha256
	}
	if m.ProcessHashStatus != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Hash == nil {
			e.Process.Hash = &event.Hash{}
		}
		e.Process.Hash.Status = m.ProcessHashStatus
	}
	if m.ProcessParentEntityId != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &event.Parent{}
		}
		e.Process.Parent.EntityID = m.ProcessParentEntityId
	}
	if m.ProcessParentPid != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &event.Parent{}
		}
		e.Process.Parent.PID = m.ProcessParentPid
	}
	if m.ProcessParentName != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &event.Parent{}
		}
		e.Process.Parent.Name = m.ProcessParentName
	}
	if m.ProcessParentExecutable != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &event.Parent{}
		}
		e.Process.Parent.Executable = m.ProcessParentExecutable
	}
	if m.ProcessParentCommandLine != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &event.Parent{}
		}
		e.Process.Parent.CommandLine = m.ProcessParentCommandLine
	}
	if m.ProcessParentWorkingDirectory != "" {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &event.Parent{}
		}
		e.Process.Parent.WorkingDirectory = m.ProcessParentWorkingDirectory
	}
	if len(m.ProcessAncestorsEntityId) > 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Ancestors == nil {
			e.Process.Ancestors = &event.Ancestors{}
		}
		e.Process.Ancestors.EntityIDs = m.ProcessAncestorsEntityId
	}
	if len(m.ProcessAncestorsName) > 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Ancestors == nil {
			e.Process.Ancestors = &event.Ancestors{}
		}
		e.Process.Ancestors.Names = m.ProcessAncestorsName
	}
	if len(m.ProcessAncestorsExecutable) > 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Ancestors == nil {
			e.Process.Ancestors = &event.Ancestors{}
		}
		e.Process.Ancestors.Executables = m.ProcessAncestorsExecutable
	}
	if len(m.ProcessAncestorsCommandLine) > 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Ancestors == nil {
			e.Process.Ancestors = &event.Ancestors{}
		}
		e.Process.Ancestors.CommandLines = m.ProcessAncestorsCommandLine
	}
	if m.ProcessActivityChildren != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &event.Activity{}
		}
		e.Process.Activity.Children = m.ProcessActivityChildren
	}
	if m.ProcessActivityExecutions != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &event.Activity{}
		}
		e.Process.Activity.Executions = m.ProcessActivityExecutions
	}
	if m.ProcessActivityFilesCreated != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &event.Activity{}
		}
		e.Process.Activity.FilesCreated = m.ProcessActivityFilesCreated
	}
	if m.ProcessActivityFilesWritten != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &event.Activity{}
		}
		e.Process.Activity.FilesWritten = m.ProcessActivityFilesWritten
	}
	if m.ProcessActivityFilesRenamed != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &event.Activity{}
		}
		e.Process.Activity.FilesRenamed = m.ProcessActivityFilesRenamed
	}
	if m.ProcessActivityFilesDeleted != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &event.Activity{}
		}
		e.Process.Activity.FilesDeleted = m.ProcessActivityFilesDeleted
	}
	if m.ProcessActivityConnections != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &event.Activity{}
		}
		e.Process.Activity.Connections = m.ProcessActivityConnections
	}
	if m.ProcessActivityAccepts != 0 {
		if e.Process == nil {
			e.Process = &event.Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &event.Activity{}
		}
		e.Process.Activity.Accepts = m.ProcessActivityAccepts
	}
	if m.UserId != "" {
		if e.User == nil {
			e.User = &event.User{}
		}
		e.User.ID = m.UserId
	}
	if m.UserName != "" {
		if e.User == nil {
			e.User = &event.User{}
		}
		e.User.Name = m.UserName
	}
	if m.UserGroupId != "" {
		if e.User == nil {
			e.User = &event.User{}
		}
		e.User.GroupID = m.UserGroupId
	}
	if m.UserGroupName != "" {
		if e.User == nil {
			e.User = &event.User{}
		}
		e.User.GroupName = m.UserGroupName
	}
	if m.UserEffectiveId != "" {
		if e.User == nil {
			e.User = &event.User{}
		}
		e.User.EffectiveID = m.UserEffectiveId
	}
	if m.UserEffectiveName != "" {
		if e.User == nil {
			e.User = &event.User{}
		}
		e.User.EffectiveName = m.UserEffectiveName
	}
	if m.UserEffectiveGroupId != "" {
		if e.User == nil {
			e.User = &event.User{}
		}
		e.User.EffectiveGroupID = m.UserEffectiveGroupId
	}
	if m.FilePath != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Path = m.FilePath
	}
	if m.FileOriginalPath != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.OriginalPath = m.FileOriginalPath
	}
	if m.FileTargetPath != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.TargetPath = m.FileTargetPath
	}
	if m.FileName != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Name = m.FileName
	}
	if m.FileDirectory != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Directory = m.FileDirectory
	}
	if m.FileExtension != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Extension = m.FileExtension
	}
	if m.FileType != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Type = m.FileType
	}
	if m.FileSize != nil {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Size = event.Some(*m.FileSize)
	}
	if m.FileMode != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Mode = m.FileMode
	}
	if m.FilePreviousMode != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.PreviousMode = m.FilePreviousMode
	}
	if m.FileUid != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.UID = m.FileUid
	}
	if m.FileGid != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.GID = m.FileGid
	}
	if m.FilePreviousUid != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.PreviousUID = m.FilePreviousUid
	}
	if m.FilePreviousGid != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.PreviousGID = m.FilePreviousGid
	}
	if m.FileOwner != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Owner = m.FileOwner
	}
	if m.FileGroup != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Group = m.FileGroup
	}
	if m.FileInode != 0 {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Inode = m.FileInode
	}
	if m.FileDeviceNumber != 0 {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Device = m.FileDeviceNumber
	}
	if m.FileLinkCount != nil {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Links = event.Some(*m.FileLinkCount)
	}
	if m.FileFilesystem != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Filesystem = m.FileFilesystem
	}
	if m.FileMtime != 0 {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Modified = event.Time(m.FileMtime)
	}
	if m.FileCtime != 0 {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.Changed = event.Time(m.FileCtime)
	}
	if m.FileOpenFlags != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.OpenFlags = m.FileOpenFlags
	}
	if m.FileXattrName != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		e.File.XattrName = m.FileXattrName
	}
	if m.FileHashMd5 != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		if e.File.Hash == nil {
			e.File.Hash = &event.Hash{}
		}
		e.File.Hash.MD5 = m.FileHashMd5
	}
	if m.FileHashSha1 != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		if e.File.Hash == nil {
			e.File.Hash = &event.Hash{}
		}
		e.File.Hash.SHA1 = m.FileHashSha1
	}
	if m.FileHashSha256 != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		if e.File.Hash == nil {
			e.File.Hash = &event.Hash{}
		}
		e.File.Hash.SHA256 = m.FileHashSha256
	}
	if m.FileHashStatus != "" {
		if e.File == nil {
			e.File = &event.File{}
		}
		if e.File.Hash == nil {
			e.File.Hash = &event.Hash{}
		}
		e.File.Hash.Status = m.FileHashStatus
	}
	if len(m.SourceIp) > 0 {
		if e.Net == nil {
			e.Net = &event.Net{}
		}
		e.Net.SourceIP, _ = netip.AddrFromSlice(m.SourceIp)
	}
	if m.SourcePort != 0 {
		if e.Net == nil {
			e.Net = &event.Net{}
		}
		e.Net.SourcePort = m.SourcePort
	}
	if len(m.DestinationIp) > 0 {
		if e.Net == nil {
			e.Net = &event.Net{}
		}
		e.Net.DestinationIP, _ = netip.AddrFromSlice(m.DestinationIp)
	}
	if m.DestinationPort != 0 {
		if e.Net == nil {
			e.Net = &event.Net{}
		}
		e.Net.DestinationPort = m.DestinationPort
	}
	if m.DestinationDomain != "" {
		if e.Net == nil {
			e.Net = &event.Net{}
		}
		e.Net.DestinationDomain = m.DestinationDomain
	}
	if m.NetworkTransport != "" {
		if e.Net == nil {
			e.Net = &event.Net{}
		}
		e.Net.Transport = m.NetworkTransport
	}
	if m.NetworkType != "" {
		if e.Net == nil {
			e.Net = &event.Net{}
		}
		e.Net.Type = m.NetworkType
	}
	if m.NetworkDirection != "" {
		if e.Net == nil {
			e.Net = &event.Net{}
		}
		e.Net.Direction = m.NetworkDirection
	}
	if m.RuleId != "" {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.RuleID = m.RuleId
	}
	if m.RuleName != "" {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.RuleName = m.RuleName
	}
	if m.RuleFormat != "" {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.RuleFormat = m.RuleFormat
	}
	if m.RuleLevel != "" {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.Level = m.RuleLevel
	}
	if m.EventSeverity != 0 {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.Severity = m.EventSeverity
	}
	if len(m.ThreatTechniqueId) > 0 {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.Techniques = m.ThreatTechniqueId
	}
	if len(m.ThreatTacticName) > 0 {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.Tactics = m.ThreatTacticName
	}
	if len(m.FindingMatchedField) > 0 {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.MatchedFields = m.FindingMatchedField
	}
	if len(m.FindingMatchedValue) > 0 {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.MatchedValues = m.FindingMatchedValue
	}
	if len(m.FindingActions) > 0 {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.Actions = m.FindingActions
	}
	if m.FindingEventAction != "" {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.EventKind = m.FindingEventAction
	}
	if m.FindingEventId != "" {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.EventID = m.FindingEventId
	}
	if len(m.FindingEventIds) > 0 {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.EventIDs = m.FindingEventIds
	}
	if len(m.FindingGroup) > 0 {
		if e.Finding == nil {
			e.Finding = &event.Finding{}
		}
		e.Finding.Group = m.FindingGroup
	}
	if m.ResponseAction != "" {
		if e.Response == nil {
			e.Response = &event.Response{}
		}
		e.Response.Action = m.ResponseAction
	}
	if m.ResponseMode != "" {
		if e.Response == nil {
			e.Response = &event.Response{}
		}
		e.Response.Mode = m.ResponseMode
	}
	if m.ResponseResult != "" {
		if e.Response == nil {
			e.Response = &event.Response{}
		}
		e.Response.Result = m.ResponseResult
	}
	if m.ResponseReason != "" {
		if e.Response == nil {
			e.Response = &event.Response{}
		}
		e.Response.Reason = m.ResponseReason
	}
	if m.ResponseRuleId != "" {
		if e.Response == nil {
			e.Response = &event.Response{}
		}
		e.Response.RuleID = m.ResponseRuleId
	}
	if m.ResponseTargetEntityId != "" {
		if e.Response == nil {
			e.Response = &event.Response{}
		}
		e.Response.EntityID = m.ResponseTargetEntityId
	}
	if m.ResponseTargetPid != 0 {
		if e.Response == nil {
			e.Response = &event.Response{}
		}
		e.Response.PID = m.ResponseTargetPid
	}
	if m.ResponseLatency != 0 {
		if e.Response == nil {
			e.Response = &event.Response{}
		}
		e.Response.Latency = m.ResponseLatency
	}
	if m.ResponseTaskId != "" {
		if e.Response == nil {
			e.Response = &event.Response{}
		}
		e.Response.TaskID = m.ResponseTaskId
	}
	if m.AgentVersion != "" {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.Version = m.AgentVersion
	}
	if m.AgentSensorName != "" {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.Sensor = m.AgentSensorName
	}
	if m.AgentSensorRung != "" {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.Rung = m.AgentSensorRung
	}
	if m.AgentSensorReason != "" {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.RungReason = m.AgentSensorReason
	}
	if m.AgentLossStage != "" {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.LossStage = m.AgentLossStage
	}
	if m.AgentLossSensor != "" {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.LossSensor = m.AgentLossSensor
	}
	if m.AgentLossAction != "" {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.LossKind = m.AgentLossAction
	}
	if m.AgentLossCount != nil {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.LossCount = event.Some(*m.AgentLossCount)
	}
	if m.AgentLossState != "" {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.LossState = m.AgentLossState
	}
	if m.AgentLossReason != "" {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.LossReason = m.AgentLossReason
	}
	if m.AgentIntervalFrom != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.From = event.Time(m.AgentIntervalFrom)
	}
	if m.AgentIntervalTo != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.To = event.Time(m.AgentIntervalTo)
	}
	if m.AgentHealthCpuTime != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.CPUMillis = m.AgentHealthCpuTime
	}
	if m.AgentHealthResidentSize != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.ResidentSize = m.AgentHealthResidentSize
	}
	if m.HostMemoryUsed != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.MemoryUsed = m.HostMemoryUsed
	}
	if m.HostMemoryTotal != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.MemoryTotal = m.HostMemoryTotal
	}
	if m.HostDiskUsed != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.DiskUsed = m.HostDiskUsed
	}
	if m.HostDiskTotal != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.DiskTotal = m.HostDiskTotal
	}
	if m.HostUptime != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.Uptime = m.HostUptime
	}
	if m.HostCpuPercent != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.CPUPercent = m.HostCpuPercent
	}
	if m.HostNetworkIngressBytes != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.NetReceived = m.HostNetworkIngressBytes
	}
	if m.HostNetworkEgressBytes != 0 {
		if e.Status == nil {
			e.Status = &event.Status{}
		}
		e.Status.NetSent = m.HostNetworkEgressBytes
	}
	if m.LogSource != "" {
		if e.Log == nil {
			e.Log = &event.Log{}
		}
		e.Log.Source = m.LogSource
	}
	if m.LogChannel != "" {
		if e.Log == nil {
			e.Log = &event.Log{}
		}
		e.Log.Channel = m.LogChannel
	}
	if m.LogProvider != "" {
		if e.Log == nil {
			e.Log = &event.Log{}
		}
		e.Log.Provider = m.LogProvider
	}
	if m.EventCode != "" {
		if e.Log == nil {
			e.Log = &event.Log{}
		}
		e.Log.Code = m.EventCode
	}
	if m.LogRecordId != "" {
		if e.Log == nil {
			e.Log = &event.Log{}
		}
		e.Log.RecordID = m.LogRecordId
	}
	if m.Message != "" {
		if e.Log == nil {
			e.Log = &event.Log{}
		}
		e.Log.Message = m.Message
	}
	if len(m.LogNames) > 0 {
		if e.Log == nil {
			e.Log = &event.Log{}
		}
		e.Log.Names = m.LogNames
	}
	if len(m.LogValues) > 0 {
		if e.Log == nil {
			e.Log = &event.Log{}
		}
		e.Log.Values = m.LogValues
	}
}
