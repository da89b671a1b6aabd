// Code generated from internal/event/field.go by internal/event/gen. DO NOT EDIT.

package wire

import (
	"net/netip"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/eventpb"
)

// toMessage copies e into m, which must be empty.
func toMessage(e *event.Event, m *eventpb.Event) {
	m.Timestamp = uint64(e.Time)
	m.EventIngested = uint64(e.Ingested)
	m.EventAction = uint32(e.Kind)
	m.AgentId = e.Agent
	m.AgentEpoch = e.Epoch
	m.EventSequence = e.Sequence
	m.HostName = e.HostName
	m.EventProvider = e.Provider
	m.EventRung = e.Rung
	m.EventSensorSequence = e.SensorSequence
	m.EventOutcome = e.Outcome
	m.ErrorCode = e.ErrorCode
	m.ContainerId = e.ContainerID
	if e.Process != nil {
		m.ProcessEntityId = e.Process.EntityID
		m.ProcessPid = e.Process.PID
		m.ProcessNamespacedPid = e.Process.NSPID
		m.ProcessName = e.Process.Name
		m.ProcessExecutable = e.Process.Executable
		m.ProcessCommandLine = e.Process.CommandLine
		m.ProcessArgs = e.Process.Args
		m.ProcessArgsCount = e.Process.ArgsCount
		m.ProcessArgsSize = e.Process.ArgsSize
		m.ProcessWorkingDirectory = e.Process.WorkingDirectory
		m.ProcessScript = e.Process.Script
		m.ProcessStart = uint64(e.Process.Start)
		m.ProcessEnd = uint64(e.Process.End)
		if e.Process.ExitCode.OK {
			n := e.Process.ExitCode.N
			m.ProcessExitCode = &n
		}
		m.ProcessTtyName = e.Process.TTY
		m.ProcessSessionLeaderPid = e.Process.SessionID
		m.ProcessGroupLeaderPid = e.Process.GroupID
		m.ProcessAuditUserId = e.Process.AuditUserID
		m.ProcessAuditSessionId = e.Process.AuditSessionID
		m.ProcessCapabilities = e.Process.Capabilities
		m.ProcessMemoryBacked = e.Process.MemoryBacked
		m.ProcessCgroupId = e.Process.CgroupID
		m.ProcessCgroupPath = e.Process.CgroupPath
	}
	if e.Process != nil && e.Process.Namespaces != nil {
		m.ProcessNamespacePid = e.Process.Namespaces.PID
		m.ProcessNamespaceMount = e.Process.Namespaces.Mount
		m.ProcessNamespaceNet = e.Process.Namespaces.Net
		m.ProcessNamespaceUts = e.Process.Namespaces.UTS
	}
	if e.Process != nil && e.Process.Hash != nil {
		m.ProcessHashMd5 = e.Process.Hash.MD5
		m.ProcessHashSha1 = e.Process.Hash.SHA1
		m.ProcessHashSha256 = e.Process.Hash.SHA256
		m.ProcessHashStatus = e.Process.Hash.Status
	}
	if e.Process != nil && e.Process.Parent != nil {
		m.ProcessParentEntityId = e.Process.Parent.EntityID
		m.ProcessParentPid = e.Process.Parent.PID
		m.ProcessParentName = e.Process.Parent.Name
		m.ProcessParentExecutable = e.Process.Parent.Executable
		m.ProcessParentCommandLine = e.Process.Parent.CommandLine
		m.ProcessParentWorkingDirectory = e.Process.Parent.WorkingDirectory
	}
	if e.Process != nil && e.Process.Ancestors != nil {
		m.ProcessAncestorsEntityId = e.Process.Ancestors.EntityIDs
		m.ProcessAncestorsName = e.Process.Ancestors.Names
		m.ProcessAncestorsExecutable = e.Process.Ancestors.Executables
		m.ProcessAncestorsCommandLine = e.Process.Ancestors.CommandLines
	}
	if e.Process != nil && e.Process.Activity != nil {
		m.ProcessActivityChildren = e.Process.Activity.Children
		m.ProcessActivityExecutions = e.Process.Activity.Executions
		m.ProcessActivityFilesCreated = e.Process.Activity.FilesCreated
		m.ProcessActivityFilesWritten = e.Process.Activity.FilesWritten
		m.ProcessActivityFilesRenamed = e.Process.Activity.FilesRenamed
		m.ProcessActivityFilesDeleted = e.Process.Activity.FilesDeleted
		m.ProcessActivityConnections = e.Process.Activity.Connections
		m.ProcessActivityAccepts = e.Process.Activity.Accepts
	}
	if e.User != nil {
		m.UserId = e.User.ID
		m.UserName = e.User.Name
		m.UserGroupId = e.User.GroupID
		m.UserGroupName = e.User.GroupName
		m.UserEffectiveId = e.User.EffectiveID
		m.UserEffectiveName = e.User.EffectiveName
		m.UserEffectiveGroupId = e.User.EffectiveGroupID
	}
	if e.File != nil {
		m.FilePath = e.File.Path
		m.FileOriginalPath = e.File.OriginalPath
		m.FileTargetPath = e.File.TargetPath
		m.FileName = e.File.Name
		m.FileDirectory = e.File.Directory
		m.FileExtension = e.File.Extension
		m.FileType = e.File.Type
		if e.File.Size.OK {
			n := e.File.Size.N
			m.FileSize = &n
		}
		m.FileMode = e.File.Mode
		m.FilePreviousMode = e.File.PreviousMode
		m.FileUid = e.File.UID
		m.FileGid = e.File.GID
		m.FilePreviousUid = e.File.PreviousUID
		m.FilePreviousGid = e.File.PreviousGID
		m.FileOwner = e.File.Owner
		m.FileGroup = e.File.Group
		m.FileInode = e.File.Inode
		m.FileDeviceNumber = e.File.Device
		if e.File.Links.OK {
			n := e.File.Links.N
			m.FileLinkCount = &n
		}
		m.FileFilesystem = e.File.Filesystem
		m.FileMtime = uint64(e.File.Modified)
		m.FileCtime = uint64(e.File.Changed)
		m.FileOpenFlags = e.File.OpenFlags
		m.FileXattrName = e.File.XattrName
	}
	if e.File != nil && e.File.Hash != nil {
		m.FileHashMd5 = e.File.Hash.MD5
		m.FileHashSha1 = e.File.Hash.SHA1
		m.FileHashSha256 = e.File.Hash.SHA256
		m.FileHashStatus = e.File.Hash.Status
	}
	if e.Net != nil {
		if e.Net.SourceIP.IsValid() {
			m.SourceIp = e.Net.SourceIP.AsSlice()
		}
		m.SourcePort = e.Net.SourcePort
		if e.Net.DestinationIP.IsValid() {
			m.DestinationIp = e.Net.DestinationIP.AsSlice()
		}
		m.DestinationPort = e.Net.DestinationPort
		m.DestinationDomain = e.Net.DestinationDomain
		m.NetworkTransport = e.Net.Transport
		m.NetworkType = e.Net.Type
		m.NetworkDirection = e.Net.Direction
	}
	if e.Finding != nil {
		m.RuleId = e.Finding.RuleID
		m.RuleName = e.Finding.RuleName
		m.RuleFormat = e.Finding.RuleFormat
		m.RuleLevel = e.Finding.Level
		m.EventSeverity = e.Finding.Severity
		m.ThreatTechniqueId = e.Finding.Techniques
		m.ThreatTacticName = e.Finding.Tactics
		m.FindingMatchedField = e.Finding.MatchedFields
		m.FindingMatchedValue = e.Finding.MatchedValues
		m.FindingActions = e.Finding.Actions
		m.FindingEventAction = e.Finding.EventKind
		m.FindingEventId = e.Finding.EventID
		m.FindingEventIds = e.Finding.EventIDs
		m.FindingGroup = e.Finding.Group
	}
	if e.Response != nil {
		m.ResponseAction = e.Response.Action
		m.ResponseMode = e.Response.Mode
		m.ResponseResult = e.Response.Result
		m.ResponseReason = e.Response.Reason
		m.ResponseRuleId = e.Response.RuleID
		m.ResponseTargetEntityId = e.Response.EntityID
		m.ResponseTargetPid = e.Response.PID
		m.ResponseLatency = e.Response.Latency
		m.ResponseTaskId = e.Response.TaskID
	}
	if e.Status != nil {
		m.AgentVersion = e.Status.Version
		m.AgentSensorName = e.Status.Sensor
		m.AgentSensorRung = e.Status.Rung
		m.AgentSensorReason = e.Status.RungReason
		m.AgentLossStage = e.Status.LossStage
		m.AgentLossSensor = e.Status.LossSensor
		m.AgentLossAction = e.Status.LossKind
		if e.Status.LossCount.OK {
			n := e.Status.LossCount.N
			m.AgentLossCount = &n
		}
		m.AgentLossState = e.Status.LossState
		m.AgentLossReason = e.Status.LossReason
		m.AgentIntervalFrom = uint64(e.Status.From)
		m.AgentIntervalTo = uint64(e.Status.To)
		m.AgentHealthCpuTime = e.Status.CPUMillis
		m.AgentHealthResidentSize = e.Status.ResidentSize
		m.HostMemoryUsed = e.Status.MemoryUsed
		m.HostMemoryTotal = e.Status.MemoryTotal
		m.HostDiskUsed = e.Status.DiskUsed
		m.HostDiskTotal = e.Status.DiskTotal
		m.HostUptime = e.Status.Uptime
		m.HostCpuPercent = e.Status.CPUPercent
		m.HostNetworkIngressBytes = e.Status.NetReceived
		m.HostNetworkEgressBytes = e.Status.NetSent
	}
	if e.Log != nil {
		m.LogSource = e.Log.Source
		m.LogChannel = e.Log.Channel
		m.LogProvider = e.Log.Provider
		m.EventCode = e.Log.Code
		m.LogRecordId = e.Log.RecordID
		m.Message = e.Log.Message
		m.LogNames = e.Log.Names
		m.LogValues = e.Log.Values
	}
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
