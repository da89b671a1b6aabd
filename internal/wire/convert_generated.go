// Code generated from internal/event/field.go by internal/event/gen. DO NOT EDIT.

package wire

import (
	"math"

	"github.com/vedette-edr/vedette/internal/event"
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
	if e.Process != nil {
		for _, s := range e.Process.Environment {
			b = appendText(append(b, 0xaa, 0x4), s)
		}
	}
	if e.Process != nil && e.Process.Hash != nil {
		if s := e.Process.Hash.TLSH; s != "" {
			b = appendText(append(b, 0xb2, 0x4), s)
		}
	}
	if e.User != nil {
		if s := e.User.ID; s != "" {
			b = appendText(append(b, 0xc2, 0x4), s)
		}
		if s := e.User.Name; s != "" {
			b = appendText(append(b, 0xca, 0x4), s)
		}
		if s := e.User.GroupID; s != "" {
			b = appendText(append(b, 0xd2, 0x4), s)
		}
		if s := e.User.GroupName; s != "" {
			b = appendText(append(b, 0xda, 0x4), s)
		}
		if s := e.User.EffectiveID; s != "" {
			b = appendText(append(b, 0xe2, 0x4), s)
		}
		if s := e.User.EffectiveName; s != "" {
			b = appendText(append(b, 0xea, 0x4), s)
		}
		if s := e.User.EffectiveGroupID; s != "" {
			b = appendText(append(b, 0xf2, 0x4), s)
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
		if n := e.File.Offset; n.OK {
			b = appendVarint(append(b, 0xc0, 0x15), zigzag(n.N))
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
		if s := e.Net.Protocol; s != "" {
			b = appendText(append(b, 0xf2, 0x10), s)
		}
		if s := e.Net.Type; s != "" {
			b = appendText(append(b, 0xf2, 0x7), s)
		}
		if s := e.Net.Direction; s != "" {
			b = appendText(append(b, 0xfa, 0x7), s)
		}
		if n := e.Net.SourceBytes; n.OK {
			b = appendVarint(append(b, 0xc8, 0x15), zigzag(n.N))
		}
		if n := e.Net.DestinationBytes; n.OK {
			b = appendVarint(append(b, 0xd0, 0x15), zigzag(n.N))
		}
		if n := e.Net.Bytes; n.OK {
			b = appendVarint(append(b, 0xd8, 0x15), zigzag(n.N))
		}
		if n := e.Net.Duration; n != 0 {
			b = appendVarint(append(b, 0xe0, 0x15), uint64(n))
		}
	}
	if e.Target != nil {
		if s := e.Target.EntityID; s != "" {
			b = appendText(append(b, 0x82, 0xf), s)
		}
		if n := e.Target.PID; n != 0 {
			b = appendVarint(append(b, 0x88, 0xf), uint64(n))
		}
		if n := e.Target.PIDNamespace; n != 0 {
			b = appendVarint(append(b, 0x90, 0xf), uint64(n))
		}
		if s := e.Target.Name; s != "" {
			b = appendText(append(b, 0x9a, 0xf), s)
		}
		if s := e.Target.Executable; s != "" {
			b = appendText(append(b, 0xa2, 0xf), s)
		}
		if s := e.Target.CommandLine; s != "" {
			b = appendText(append(b, 0xaa, 0xf), s)
		}
	}
	if e.Call != nil {
		if s := e.Call.Name; s != "" {
			b = appendText(append(b, 0xb2, 0xf), s)
		}
		if s := e.Call.Operation; s != "" {
			b = appendText(append(b, 0xba, 0xf), s)
		}
		if s := e.Call.Flags; s != "" {
			b = appendText(append(b, 0xc2, 0xf), s)
		}
		if s := e.Call.Signal; s != "" {
			b = appendText(append(b, 0xca, 0xf), s)
		}
		if n := e.Call.Address; n != 0 {
			b = appendVarint(append(b, 0xd0, 0xf), uint64(n))
		}
		if n := e.Call.Size; n != 0 {
			b = appendVarint(append(b, 0xd8, 0xf), uint64(n))
		}
		if n := e.Call.Count; n != 0 {
			b = appendVarint(append(b, 0xe0, 0xf), uint64(n))
		}
		if n := e.Call.First; n != 0 {
			b = appendFixed(append(b, 0xe9, 0xf), uint64(n))
		}
		if n := e.Call.Last; n != 0 {
			b = appendFixed(append(b, 0xf1, 0xf), uint64(n))
		}
		if s := e.Call.PreviousUID; s != "" {
			b = appendText(append(b, 0xfa, 0xf), s)
		}
		if s := e.Call.PreviousGID; s != "" {
			b = appendText(append(b, 0x82, 0x10), s)
		}
		if s := e.Call.PreviousEffectiveUID; s != "" {
			b = appendText(append(b, 0x8a, 0x10), s)
		}
		if s := e.Call.PreviousEffectiveGID; s != "" {
			b = appendText(append(b, 0x92, 0x10), s)
		}
		if s := e.Call.PreviousCapabilities; s != "" {
			b = appendText(append(b, 0x9a, 0x10), s)
		}
		if s := e.Call.ModuleName; s != "" {
			b = appendText(append(b, 0xa2, 0x10), s)
		}
		if s := e.Call.ModuleArguments; s != "" {
			b = appendText(append(b, 0xaa, 0x10), s)
		}
		if s := e.Call.BPFName; s != "" {
			b = appendText(append(b, 0xb2, 0x10), s)
		}
		if s := e.Call.BPFType; s != "" {
			b = appendText(append(b, 0xba, 0x10), s)
		}
		if n := e.Call.BPFID; n != 0 {
			b = appendVarint(append(b, 0xc0, 0x10), uint64(n))
		}
		if s := e.Call.BPFFunction; s != "" {
			b = appendText(append(b, 0xca, 0x10), s)
		}
		if s := e.Call.BPFAttach; s != "" {
			b = appendText(append(b, 0xd2, 0x10), s)
		}
		if s := e.Call.MountSource; s != "" {
			b = appendText(append(b, 0xda, 0x10), s)
		}
		if s := e.Call.MountDirectory; s != "" {
			b = appendText(append(b, 0xe2, 0x10), s)
		}
		if s := e.Call.MountFilesystem; s != "" {
			b = appendText(append(b, 0xea, 0x10), s)
		}
	}
	if s := e.Reason; s != "" {
		b = appendText(append(b, 0xc2, 0x11), s)
	}
	if e.File != nil && e.File.Hash != nil {
		if s := e.File.Hash.TLSH; s != "" {
			b = appendText(append(b, 0xda, 0x11), s)
		}
	}
	if e.File != nil {
		if n := e.File.Entropy; n != 0 {
			b = appendFixed(append(b, 0xe1, 0x11), math.Float64bits(n))
		}
		if s := e.File.Header; s != "" {
			b = appendText(append(b, 0xea, 0x11), s)
		}
	}
	if e.Logon != nil {
		if s := e.Logon.UserName; s != "" {
			b = appendText(append(b, 0xf2, 0x11), s)
		}
		if s := e.Logon.UserID; s != "" {
			b = appendText(append(b, 0xfa, 0x11), s)
		}
		if s := e.Logon.SessionID; s != "" {
			b = appendText(append(b, 0x82, 0x12), s)
		}
		if s := e.Logon.Service; s != "" {
			b = appendText(append(b, 0x8a, 0x12), s)
		}
		if s := e.Logon.Method; s != "" {
			b = appendText(append(b, 0x92, 0x12), s)
		}
		if s := e.Logon.Type; s != "" {
			b = appendText(append(b, 0x9a, 0x12), s)
		}
		if s := e.Logon.Line; s != "" {
			b = appendText(append(b, 0xa2, 0x12), s)
		}
		if s := e.Logon.Address; s != "" {
			b = appendText(append(b, 0xaa, 0x12), s)
		}
		if n := e.Logon.Start; n != 0 {
			b = appendFixed(append(b, 0xb1, 0x12), uint64(n))
		}
	}
	if e.DNS != nil {
		if n := e.DNS.ID; n != 0 {
			b = appendVarint(append(b, 0xb8, 0x12), uint64(n))
		}
		if s := e.DNS.Type; s != "" {
			b = appendText(append(b, 0xc2, 0x12), s)
		}
		if s := e.DNS.Name; s != "" {
			b = appendText(append(b, 0xca, 0x12), s)
		}
		if s := e.DNS.QuestionType; s != "" {
			b = appendText(append(b, 0xd2, 0x12), s)
		}
		if s := e.DNS.QuestionClass; s != "" {
			b = appendText(append(b, 0xda, 0x12), s)
		}
		if s := e.DNS.ResponseCode; s != "" {
			b = appendText(append(b, 0xe2, 0x12), s)
		}
		for _, s := range e.DNS.Flags {
			b = appendText(append(b, 0xea, 0x12), s)
		}
		for _, s := range e.DNS.AnswerNames {
			b = appendText(append(b, 0xf2, 0x12), s)
		}
		for _, s := range e.DNS.AnswerTypes {
			b = appendText(append(b, 0xfa, 0x12), s)
		}
		for _, s := range e.DNS.Answers {
			b = appendText(append(b, 0x82, 0x13), s)
		}
		for _, s := range e.DNS.Resolved {
			b = appendText(append(b, 0x8a, 0x13), s)
		}
		if n := e.DNS.TTL; n != 0 {
			b = appendVarint(append(b, 0xb8, 0x15), uint64(n))
		}
		if e.DNS.ViaLibrary {
			b = append(append(b, 0x90, 0x13), 1)
		}
	}
	if e.TLS != nil {
		if s := e.TLS.ServerName; s != "" {
			b = appendText(append(b, 0x9a, 0x13), s)
		}
		if s := e.TLS.JA4; s != "" {
			b = appendText(append(b, 0xa2, 0x13), s)
		}
		if s := e.TLS.Version; s != "" {
			b = appendText(append(b, 0xaa, 0x13), s)
		}
		for _, s := range e.TLS.Protocols {
			b = appendText(append(b, 0xb2, 0x13), s)
		}
		for _, s := range e.TLS.Ciphers {
			b = appendText(append(b, 0xba, 0x13), s)
		}
	}
	if e.Script != nil {
		if s := e.Script.Path; s != "" {
			b = appendText(append(b, 0xc2, 0x13), s)
		}
		if s := e.Script.Interpreter; s != "" {
			b = appendText(append(b, 0xca, 0x13), s)
		}
		if s := e.Script.Source; s != "" {
			b = appendText(append(b, 0xd2, 0x13), s)
		}
		if s := e.Script.Content; s != "" {
			b = appendText(append(b, 0xda, 0x13), s)
		}
		if n := e.Script.Size; n.OK {
			b = appendVarint(append(b, 0xe0, 0x13), zigzag(n.N))
		}
		if s := e.Script.SHA256; s != "" {
			b = appendText(append(b, 0xea, 0x13), s)
		}
		if e.Script.Truncated {
			b = append(append(b, 0xf0, 0x13), 1)
		}
	}
	if e.Change != nil {
		if s := e.Change.Object; s != "" {
			b = appendText(append(b, 0xfa, 0x13), s)
		}
		if s := e.Change.Name; s != "" {
			b = appendText(append(b, 0x82, 0x14), s)
		}
		for _, s := range e.Change.Fields {
			b = appendText(append(b, 0x8a, 0x14), s)
		}
		for _, s := range e.Change.Before {
			b = appendText(append(b, 0x92, 0x14), s)
		}
		for _, s := range e.Change.After {
			b = appendText(append(b, 0x9a, 0x14), s)
		}
		if s := e.Change.UserName; s != "" {
			b = appendText(append(b, 0xa2, 0x14), s)
		}
		if s := e.Change.UserID; s != "" {
			b = appendText(append(b, 0xaa, 0x14), s)
		}
		if s := e.Change.GroupName; s != "" {
			b = appendText(append(b, 0xb2, 0x14), s)
		}
		if s := e.Change.TaskSchedule; s != "" {
			b = appendText(append(b, 0xba, 0x14), s)
		}
		if s := e.Change.TaskCommand; s != "" {
			b = appendText(append(b, 0xc2, 0x14), s)
		}
		if s := e.Change.TaskUser; s != "" {
			b = appendText(append(b, 0xca, 0x14), s)
		}
		if s := e.Change.TaskType; s != "" {
			b = appendText(append(b, 0xd2, 0x14), s)
		}
		if s := e.Change.ServiceState; s != "" {
			b = appendText(append(b, 0xda, 0x14), s)
		}
		if s := e.Change.ServiceCommand; s != "" {
			b = appendText(append(b, 0xe2, 0x14), s)
		}
		if s := e.Change.ServiceUser; s != "" {
			b = appendText(append(b, 0xea, 0x14), s)
		}
		if s := e.Change.ServiceOperation; s != "" {
			b = appendText(append(b, 0xf2, 0x14), s)
		}
		if s := e.Change.PackageVersion; s != "" {
			b = appendText(append(b, 0xfa, 0x14), s)
		}
		if s := e.Change.PackageType; s != "" {
			b = appendText(append(b, 0x82, 0x15), s)
		}
	}
	if e.Device != nil {
		if s := e.Device.ID; s != "" {
			b = appendText(append(b, 0x8a, 0x15), s)
		}
		if s := e.Device.Vendor; s != "" {
			b = appendText(append(b, 0x92, 0x15), s)
		}
		if s := e.Device.Model; s != "" {
			b = appendText(append(b, 0x9a, 0x15), s)
		}
		if s := e.Device.Serial; s != "" {
			b = appendText(append(b, 0xa2, 0x15), s)
		}
		if s := e.Device.Type; s != "" {
			b = appendText(append(b, 0xaa, 0x15), s)
		}
		if s := e.Device.Bus; s != "" {
			b = appendText(append(b, 0xb2, 0x15), s)
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
			b = appendText(append(b, 0xa2, 0xe), localID(s, e.Agent))
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
