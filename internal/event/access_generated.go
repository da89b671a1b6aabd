//go:build !fieldgen

// Code generated from internal/event/field.go by internal/event/gen. DO NOT EDIT.

package event

// Ids of the fields.
const (
	FieldTimestamp FieldID = iota
	FieldEventIngested
	FieldEventAction
	FieldEventCategory
	FieldEventType
	FieldEventId
	FieldAgentId
	FieldAgentEpoch
	FieldEventSequence
	FieldHostName
	FieldEventProvider
	FieldEventRung
	FieldEventSensorSequence
	FieldEventOutcome
	FieldErrorCode
	FieldContainerId
	FieldProcessEntityId
	FieldProcessPid
	FieldProcessNamespacedPid
	FieldProcessName
	FieldProcessExecutable
	FieldProcessCommandLine
	FieldProcessArgs
	FieldProcessArgsCount
	FieldProcessArgsSize
	FieldProcessWorkingDirectory
	FieldProcessScript
	FieldProcessStart
	FieldProcessEnd
	FieldProcessExitCode
	FieldProcessTtyName
	FieldProcessSessionLeaderPid
	FieldProcessGroupLeaderPid
	FieldProcessAuditUserId
	FieldProcessAuditSessionId
	FieldProcessCapabilities
	FieldProcessMemoryBacked
	FieldProcessCgroupId
	FieldProcessCgroupPath
	FieldProcessNamespacePid
	FieldProcessNamespaceMount
	FieldProcessNamespaceNet
	FieldProcessNamespaceUts
	FieldProcessHashMd5
	FieldProcessHashSha1
	FieldProcessHashSha256
	FieldProcessHashStatus
	FieldProcessParentEntityId
	FieldProcessParentPid
	FieldProcessParentName
	FieldProcessParentExecutable
	FieldProcessParentCommandLine
	FieldProcessParentWorkingDirectory
	FieldProcessAncestorsEntityId
	FieldProcessAncestorsName
	FieldProcessAncestorsExecutable
	FieldProcessAncestorsCommandLine
	FieldProcessActivityChildren
	FieldProcessActivityExecutions
	FieldProcessActivityFilesCreated
	FieldProcessActivityFilesWritten
	FieldProcessActivityFilesRenamed
	FieldProcessActivityFilesDeleted
	FieldProcessActivityConnections
	FieldProcessActivityAccepts
	FieldProcessEnvVars
	FieldProcessHashTlsh
	FieldUserId
	FieldUserName
	FieldUserGroupId
	FieldUserGroupName
	FieldUserEffectiveId
	FieldUserEffectiveName
	FieldUserEffectiveGroupId
	FieldFilePath
	FieldFileOriginalPath
	FieldFileTargetPath
	FieldFileName
	FieldFileDirectory
	FieldFileExtension
	FieldFileType
	FieldFileSize
	FieldFileMode
	FieldFilePreviousMode
	FieldFileUid
	FieldFileGid
	FieldFilePreviousUid
	FieldFilePreviousGid
	FieldFileOwner
	FieldFileGroup
	FieldFileInode
	FieldFileDeviceNumber
	FieldFileLinkCount
	FieldFileFilesystem
	FieldFileMtime
	FieldFileCtime
	FieldFileOpenFlags
	FieldFileXattrName
	FieldFileOffset
	FieldFileHashMd5
	FieldFileHashSha1
	FieldFileHashSha256
	FieldFileHashStatus
	FieldSourceIp
	FieldSourcePort
	FieldDestinationIp
	FieldDestinationPort
	FieldDestinationDomain
	FieldNetworkTransport
	FieldNetworkIanaNumber
	FieldNetworkType
	FieldNetworkDirection
	FieldSourceBytes
	FieldDestinationBytes
	FieldNetworkBytes
	FieldEventDuration
	FieldProcessTargetEntityId
	FieldProcessTargetPid
	FieldProcessTargetNamespacePid
	FieldProcessTargetName
	FieldProcessTargetExecutable
	FieldProcessTargetCommandLine
	FieldCallName
	FieldCallOperation
	FieldCallFlags
	FieldCallSignal
	FieldCallAddress
	FieldCallSize
	FieldEventCount
	FieldEventStart
	FieldEventEnd
	FieldUserPreviousId
	FieldUserPreviousGroupId
	FieldUserPreviousEffectiveId
	FieldUserPreviousEffectiveGroupId
	FieldProcessPreviousCapabilities
	FieldModuleName
	FieldModuleArguments
	FieldBpfProgramName
	FieldBpfProgramType
	FieldBpfProgramId
	FieldBpfProgramFunction
	FieldBpfAttachType
	FieldMountSource
	FieldMountDirectory
	FieldMountFilesystem
	FieldEventReason
	FieldFileHashTlsh
	FieldFileEntropy
	FieldFileHeaderBytes
	FieldLogonUserName
	FieldLogonUserId
	FieldLogonSessionId
	FieldLogonService
	FieldLogonMethod
	FieldLogonType
	FieldLogonLine
	FieldSourceAddress
	FieldLogonStart
	FieldDnsId
	FieldDnsType
	FieldDnsQuestionName
	FieldDnsQuestionType
	FieldDnsQuestionClass
	FieldDnsResponseCode
	FieldDnsHeaderFlags
	FieldDnsAnswersName
	FieldDnsAnswersType
	FieldDnsAnswersData
	FieldDnsResolvedIp
	FieldDnsTtl
	FieldDnsLibrary
	FieldTlsClientServerName
	FieldTlsClientJa4
	FieldTlsVersion
	FieldTlsClientProtocols
	FieldTlsClientSupportedCiphers
	FieldScriptPath
	FieldScriptInterpreter
	FieldScriptSource
	FieldScriptContent
	FieldScriptSize
	FieldScriptHashSha256
	FieldScriptTruncated
	FieldChangeObject
	FieldChangeName
	FieldChangeField
	FieldChangeBefore
	FieldChangeAfter
	FieldUserTargetName
	FieldUserTargetId
	FieldGroupName
	FieldTaskSchedule
	FieldTaskCommand
	FieldTaskUserName
	FieldTaskType
	FieldServiceState
	FieldServiceCommand
	FieldServiceUser
	FieldServiceOperation
	FieldPackageVersion
	FieldPackageType
	FieldDeviceId
	FieldDeviceManufacturer
	FieldDeviceModelName
	FieldDeviceSerialNumber
	FieldDeviceType
	FieldDeviceBus
	FieldRuleId
	FieldRuleName
	FieldRuleFormat
	FieldRuleLevel
	FieldEventSeverity
	FieldThreatTechniqueId
	FieldThreatTacticName
	FieldFindingMatchedField
	FieldFindingMatchedValue
	FieldFindingActions
	FieldFindingEventAction
	FieldFindingEventId
	FieldFindingEventIds
	FieldFindingGroup
	FieldResponseAction
	FieldResponseMode
	FieldResponseResult
	FieldResponseReason
	FieldResponseRuleId
	FieldResponseTargetEntityId
	FieldResponseTargetPid
	FieldResponseLatency
	FieldResponseTaskId
	FieldAgentVersion
	FieldAgentSensorName
	FieldAgentSensorRung
	FieldAgentSensorReason
	FieldAgentLossStage
	FieldAgentLossSensor
	FieldAgentLossAction
	FieldAgentLossCount
	FieldAgentLossState
	FieldAgentLossReason
	FieldAgentIntervalFrom
	FieldAgentIntervalTo
	FieldAgentHealthCpuTime
	FieldAgentHealthResidentSize
	FieldHostMemoryUsed
	FieldHostMemoryTotal
	FieldHostDiskUsed
	FieldHostDiskTotal
	FieldHostUptime
	FieldHostCpuPercent
	FieldHostNetworkIngressBytes
	FieldHostNetworkEgressBytes
	FieldLogSource
	FieldLogChannel
	FieldLogProvider
	FieldEventCode
	FieldLogRecordId
	FieldMessage
	FieldLogNames
	FieldLogValues
)

// NumFields is the number of fields.
const NumFields = 261

// Get returns the value of a field; absent when its section is.
func (e *Event) Get(id FieldID) Value {
	switch id {
	case FieldTimestamp:
		return Value{Type: Instant, Num: int64(e.Time)}
	case FieldEventIngested:
		return Value{Type: Instant, Num: int64(e.Ingested)}
	case FieldEventAction:
		return Value{Type: KindName, Str: e.Kind.String(), Num: int64(e.Kind)}
	case FieldEventCategory:
		return Value{Type: Strings, List: one(e.Kind.Category())}
	case FieldEventType:
		return Value{Type: Strings, List: e.Kind.Types()}
	case FieldEventId:
		return Value{Type: String, Str: e.ID()}
	case FieldAgentId:
		return Value{Type: String, Str: e.Agent}
	case FieldAgentEpoch:
		return Value{Type: Int, Num: e.Epoch}
	case FieldEventSequence:
		return Value{Type: Int, Num: e.Sequence}
	case FieldHostName:
		return Value{Type: String, Str: e.HostName}
	case FieldEventProvider:
		return Value{Type: String, Str: e.Provider}
	case FieldEventRung:
		return Value{Type: String, Str: e.Rung}
	case FieldEventSensorSequence:
		return Value{Type: Int, Num: e.SensorSequence}
	case FieldEventOutcome:
		return Value{Type: String, Str: e.Outcome}
	case FieldErrorCode:
		return Value{Type: String, Str: e.ErrorCode}
	case FieldContainerId:
		return Value{Type: String, Str: e.ContainerID}
	case FieldProcessEntityId:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.EntityID}
		}
	case FieldProcessPid:
		if e.Process != nil {
			return Value{Type: Int, Num: e.Process.PID}
		}
	case FieldProcessNamespacedPid:
		if e.Process != nil {
			return Value{Type: Int, Num: e.Process.NSPID}
		}
	case FieldProcessName:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.Name}
		}
	case FieldProcessExecutable:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.Executable}
		}
	case FieldProcessCommandLine:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.CommandLine}
		}
	case FieldProcessArgs:
		if e.Process != nil {
			return Value{Type: Strings, List: e.Process.Args}
		}
	case FieldProcessArgsCount:
		if e.Process != nil {
			return Value{Type: Int, Num: e.Process.ArgsCount}
		}
	case FieldProcessArgsSize:
		if e.Process != nil {
			return Value{Type: Int, Num: e.Process.ArgsSize}
		}
	case FieldProcessWorkingDirectory:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.WorkingDirectory}
		}
	case FieldProcessScript:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.Script}
		}
	case FieldProcessStart:
		if e.Process != nil {
			return Value{Type: Instant, Num: int64(e.Process.Start)}
		}
	case FieldProcessEnd:
		if e.Process != nil {
			return Value{Type: Instant, Num: int64(e.Process.End)}
		}
	case FieldProcessExitCode:
		if e.Process != nil {
			return optValue(e.Process.ExitCode)
		}
	case FieldProcessTtyName:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.TTY}
		}
	case FieldProcessSessionLeaderPid:
		if e.Process != nil {
			return Value{Type: Int, Num: e.Process.SessionID}
		}
	case FieldProcessGroupLeaderPid:
		if e.Process != nil {
			return Value{Type: Int, Num: e.Process.GroupID}
		}
	case FieldProcessAuditUserId:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.AuditUserID}
		}
	case FieldProcessAuditSessionId:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.AuditSessionID}
		}
	case FieldProcessCapabilities:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.Capabilities}
		}
	case FieldProcessMemoryBacked:
		if e.Process != nil {
			return boolValue(e.Process.MemoryBacked)
		}
	case FieldProcessCgroupId:
		if e.Process != nil {
			return Value{Type: Int, Num: e.Process.CgroupID}
		}
	case FieldProcessCgroupPath:
		if e.Process != nil {
			return Value{Type: String, Str: e.Process.CgroupPath}
		}
	case FieldProcessNamespacePid:
		if e.Process != nil && e.Process.Namespaces != nil {
			return Value{Type: Int, Num: e.Process.Namespaces.PID}
		}
	case FieldProcessNamespaceMount:
		if e.Process != nil && e.Process.Namespaces != nil {
			return Value{Type: Int, Num: e.Process.Namespaces.Mount}
		}
	case FieldProcessNamespaceNet:
		if e.Process != nil && e.Process.Namespaces != nil {
			return Value{Type: Int, Num: e.Process.Namespaces.Net}
		}
	case FieldProcessNamespaceUts:
		if e.Process != nil && e.Process.Namespaces != nil {
			return Value{Type: Int, Num: e.Process.Namespaces.UTS}
		}
	case FieldProcessHashMd5:
		if e.Process != nil && e.Process.Hash != nil {
			return Value{Type: String, Str: e.Process.Hash.MD5}
		}
	case FieldProcessHashSha1:
		if e.Process != nil && e.Process.Hash != nil {
			return Value{Type: String, Str: e.Process.Hash.SHA1}
		}
	case FieldProcessHashSha256:
		if e.Process != nil && e.Process.Hash != nil {
			return Value{Type: String, Str: e.Process.Hash.SHA256}
		}
	case FieldProcessHashStatus:
		if e.Process != nil && e.Process.Hash != nil {
			return Value{Type: String, Str: e.Process.Hash.Status}
		}
	case FieldProcessParentEntityId:
		if e.Process != nil && e.Process.Parent != nil {
			return Value{Type: String, Str: e.Process.Parent.EntityID}
		}
	case FieldProcessParentPid:
		if e.Process != nil && e.Process.Parent != nil {
			return Value{Type: Int, Num: e.Process.Parent.PID}
		}
	case FieldProcessParentName:
		if e.Process != nil && e.Process.Parent != nil {
			return Value{Type: String, Str: e.Process.Parent.Name}
		}
	case FieldProcessParentExecutable:
		if e.Process != nil && e.Process.Parent != nil {
			return Value{Type: String, Str: e.Process.Parent.Executable}
		}
	case FieldProcessParentCommandLine:
		if e.Process != nil && e.Process.Parent != nil {
			return Value{Type: String, Str: e.Process.Parent.CommandLine}
		}
	case FieldProcessParentWorkingDirectory:
		if e.Process != nil && e.Process.Parent != nil {
			return Value{Type: String, Str: e.Process.Parent.WorkingDirectory}
		}
	case FieldProcessAncestorsEntityId:
		if e.Process != nil && e.Process.Ancestors != nil {
			return Value{Type: Strings, List: e.Process.Ancestors.EntityIDs}
		}
	case FieldProcessAncestorsName:
		if e.Process != nil && e.Process.Ancestors != nil {
			return Value{Type: Strings, List: e.Process.Ancestors.Names}
		}
	case FieldProcessAncestorsExecutable:
		if e.Process != nil && e.Process.Ancestors != nil {
			return Value{Type: Strings, List: e.Process.Ancestors.Executables}
		}
	case FieldProcessAncestorsCommandLine:
		if e.Process != nil && e.Process.Ancestors != nil {
			return Value{Type: Strings, List: e.Process.Ancestors.CommandLines}
		}
	case FieldProcessActivityChildren:
		if e.Process != nil && e.Process.Activity != nil {
			return Value{Type: Int, Num: e.Process.Activity.Children}
		}
	case FieldProcessActivityExecutions:
		if e.Process != nil && e.Process.Activity != nil {
			return Value{Type: Int, Num: e.Process.Activity.Executions}
		}
	case FieldProcessActivityFilesCreated:
		if e.Process != nil && e.Process.Activity != nil {
			return Value{Type: Int, Num: e.Process.Activity.FilesCreated}
		}
	case FieldProcessActivityFilesWritten:
		if e.Process != nil && e.Process.Activity != nil {
			return Value{Type: Int, Num: e.Process.Activity.FilesWritten}
		}
	case FieldProcessActivityFilesRenamed:
		if e.Process != nil && e.Process.Activity != nil {
			return Value{Type: Int, Num: e.Process.Activity.FilesRenamed}
		}
	case FieldProcessActivityFilesDeleted:
		if e.Process != nil && e.Process.Activity != nil {
			return Value{Type: Int, Num: e.Process.Activity.FilesDeleted}
		}
	case FieldProcessActivityConnections:
		if e.Process != nil && e.Process.Activity != nil {
			return Value{Type: Int, Num: e.Process.Activity.Connections}
		}
	case FieldProcessActivityAccepts:
		if e.Process != nil && e.Process.Activity != nil {
			return Value{Type: Int, Num: e.Process.Activity.Accepts}
		}
	case FieldProcessEnvVars:
		if e.Process != nil {
			return Value{Type: Strings, List: e.Process.Environment}
		}
	case FieldProcessHashTlsh:
		if e.Process != nil && e.Process.Hash != nil {
			return Value{Type: String, Str: e.Process.Hash.TLSH}
		}
	case FieldUserId:
		if e.User != nil {
			return Value{Type: String, Str: e.User.ID}
		}
	case FieldUserName:
		if e.User != nil {
			return Value{Type: String, Str: e.User.Name}
		}
	case FieldUserGroupId:
		if e.User != nil {
			return Value{Type: String, Str: e.User.GroupID}
		}
	case FieldUserGroupName:
		if e.User != nil {
			return Value{Type: String, Str: e.User.GroupName}
		}
	case FieldUserEffectiveId:
		if e.User != nil {
			return Value{Type: String, Str: e.User.EffectiveID}
		}
	case FieldUserEffectiveName:
		if e.User != nil {
			return Value{Type: String, Str: e.User.EffectiveName}
		}
	case FieldUserEffectiveGroupId:
		if e.User != nil {
			return Value{Type: String, Str: e.User.EffectiveGroupID}
		}
	case FieldFilePath:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Path}
		}
	case FieldFileOriginalPath:
		if e.File != nil {
			return Value{Type: String, Str: e.File.OriginalPath}
		}
	case FieldFileTargetPath:
		if e.File != nil {
			return Value{Type: String, Str: e.File.TargetPath}
		}
	case FieldFileName:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Name}
		}
	case FieldFileDirectory:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Directory}
		}
	case FieldFileExtension:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Extension}
		}
	case FieldFileType:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Type}
		}
	case FieldFileSize:
		if e.File != nil {
			return optValue(e.File.Size)
		}
	case FieldFileMode:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Mode}
		}
	case FieldFilePreviousMode:
		if e.File != nil {
			return Value{Type: String, Str: e.File.PreviousMode}
		}
	case FieldFileUid:
		if e.File != nil {
			return Value{Type: String, Str: e.File.UID}
		}
	case FieldFileGid:
		if e.File != nil {
			return Value{Type: String, Str: e.File.GID}
		}
	case FieldFilePreviousUid:
		if e.File != nil {
			return Value{Type: String, Str: e.File.PreviousUID}
		}
	case FieldFilePreviousGid:
		if e.File != nil {
			return Value{Type: String, Str: e.File.PreviousGID}
		}
	case FieldFileOwner:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Owner}
		}
	case FieldFileGroup:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Group}
		}
	case FieldFileInode:
		if e.File != nil {
			return Value{Type: Int, Num: e.File.Inode}
		}
	case FieldFileDeviceNumber:
		if e.File != nil {
			return Value{Type: Int, Num: e.File.Device}
		}
	case FieldFileLinkCount:
		if e.File != nil {
			return optValue(e.File.Links)
		}
	case FieldFileFilesystem:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Filesystem}
		}
	case FieldFileMtime:
		if e.File != nil {
			return Value{Type: Instant, Num: int64(e.File.Modified)}
		}
	case FieldFileCtime:
		if e.File != nil {
			return Value{Type: Instant, Num: int64(e.File.Changed)}
		}
	case FieldFileOpenFlags:
		if e.File != nil {
			return Value{Type: String, Str: e.File.OpenFlags}
		}
	case FieldFileXattrName:
		if e.File != nil {
			return Value{Type: String, Str: e.File.XattrName}
		}
	case FieldFileOffset:
		if e.File != nil {
			return optValue(e.File.Offset)
		}
	case FieldFileHashMd5:
		if e.File != nil && e.File.Hash != nil {
			return Value{Type: String, Str: e.File.Hash.MD5}
		}
	case FieldFileHashSha1:
		if e.File != nil && e.File.Hash != nil {
			return Value{Type: String, Str: e.File.Hash.SHA1}
		}
	case FieldFileHashSha256:
		if e.File != nil && e.File.Hash != nil {
			return Value{Type: String, Str: e.File.Hash.SHA256}
		}
	case FieldFileHashStatus:
		if e.File != nil && e.File.Hash != nil {
			return Value{Type: String, Str: e.File.Hash.Status}
		}
	case FieldSourceIp:
		if e.Net != nil {
			return Value{Type: Address, IP: e.Net.SourceIP}
		}
	case FieldSourcePort:
		if e.Net != nil {
			return Value{Type: Int, Num: e.Net.SourcePort}
		}
	case FieldDestinationIp:
		if e.Net != nil {
			return Value{Type: Address, IP: e.Net.DestinationIP}
		}
	case FieldDestinationPort:
		if e.Net != nil {
			return Value{Type: Int, Num: e.Net.DestinationPort}
		}
	case FieldDestinationDomain:
		if e.Net != nil {
			return Value{Type: String, Str: e.Net.DestinationDomain}
		}
	case FieldNetworkTransport:
		if e.Net != nil {
			return Value{Type: String, Str: e.Net.Transport}
		}
	case FieldNetworkIanaNumber:
		if e.Net != nil {
			return Value{Type: String, Str: e.Net.Protocol}
		}
	case FieldNetworkType:
		if e.Net != nil {
			return Value{Type: String, Str: e.Net.Type}
		}
	case FieldNetworkDirection:
		if e.Net != nil {
			return Value{Type: String, Str: e.Net.Direction}
		}
	case FieldSourceBytes:
		if e.Net != nil {
			return optValue(e.Net.SourceBytes)
		}
	case FieldDestinationBytes:
		if e.Net != nil {
			return optValue(e.Net.DestinationBytes)
		}
	case FieldNetworkBytes:
		if e.Net != nil {
			return optValue(e.Net.Bytes)
		}
	case FieldEventDuration:
		if e.Net != nil {
			return Value{Type: Int, Num: e.Net.Duration}
		}
	case FieldProcessTargetEntityId:
		if e.Target != nil {
			return Value{Type: String, Str: e.Target.EntityID}
		}
	case FieldProcessTargetPid:
		if e.Target != nil {
			return Value{Type: Int, Num: e.Target.PID}
		}
	case FieldProcessTargetNamespacePid:
		if e.Target != nil {
			return Value{Type: Int, Num: e.Target.PIDNamespace}
		}
	case FieldProcessTargetName:
		if e.Target != nil {
			return Value{Type: String, Str: e.Target.Name}
		}
	case FieldProcessTargetExecutable:
		if e.Target != nil {
			return Value{Type: String, Str: e.Target.Executable}
		}
	case FieldProcessTargetCommandLine:
		if e.Target != nil {
			return Value{Type: String, Str: e.Target.CommandLine}
		}
	case FieldCallName:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.Name}
		}
	case FieldCallOperation:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.Operation}
		}
	case FieldCallFlags:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.Flags}
		}
	case FieldCallSignal:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.Signal}
		}
	case FieldCallAddress:
		if e.Call != nil {
			return Value{Type: Int, Num: e.Call.Address}
		}
	case FieldCallSize:
		if e.Call != nil {
			return Value{Type: Int, Num: e.Call.Size}
		}
	case FieldEventCount:
		if e.Call != nil {
			return Value{Type: Int, Num: e.Call.Count}
		}
	case FieldEventStart:
		if e.Call != nil {
			return Value{Type: Instant, Num: int64(e.Call.First)}
		}
	case FieldEventEnd:
		if e.Call != nil {
			return Value{Type: Instant, Num: int64(e.Call.Last)}
		}
	case FieldUserPreviousId:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.PreviousUID}
		}
	case FieldUserPreviousGroupId:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.PreviousGID}
		}
	case FieldUserPreviousEffectiveId:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.PreviousEffectiveUID}
		}
	case FieldUserPreviousEffectiveGroupId:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.PreviousEffectiveGID}
		}
	case FieldProcessPreviousCapabilities:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.PreviousCapabilities}
		}
	case FieldModuleName:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.ModuleName}
		}
	case FieldModuleArguments:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.ModuleArguments}
		}
	case FieldBpfProgramName:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.BPFName}
		}
	case FieldBpfProgramType:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.BPFType}
		}
	case FieldBpfProgramId:
		if e.Call != nil {
			return Value{Type: Int, Num: e.Call.BPFID}
		}
	case FieldBpfProgramFunction:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.BPFFunction}
		}
	case FieldBpfAttachType:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.BPFAttach}
		}
	case FieldMountSource:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.MountSource}
		}
	case FieldMountDirectory:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.MountDirectory}
		}
	case FieldMountFilesystem:
		if e.Call != nil {
			return Value{Type: String, Str: e.Call.MountFilesystem}
		}
	case FieldEventReason:
		return Value{Type: String, Str: e.Reason}
	case FieldFileHashTlsh:
		if e.File != nil && e.File.Hash != nil {
			return Value{Type: String, Str: e.File.Hash.TLSH}
		}
	case FieldFileEntropy:
		if e.File != nil {
			return Value{Type: Float, Flt: e.File.Entropy}
		}
	case FieldFileHeaderBytes:
		if e.File != nil {
			return Value{Type: String, Str: e.File.Header}
		}
	case FieldLogonUserName:
		if e.Logon != nil {
			return Value{Type: String, Str: e.Logon.UserName}
		}
	case FieldLogonUserId:
		if e.Logon != nil {
			return Value{Type: String, Str: e.Logon.UserID}
		}
	case FieldLogonSessionId:
		if e.Logon != nil {
			return Value{Type: String, Str: e.Logon.SessionID}
		}
	case FieldLogonService:
		if e.Logon != nil {
			return Value{Type: String, Str: e.Logon.Service}
		}
	case FieldLogonMethod:
		if e.Logon != nil {
			return Value{Type: String, Str: e.Logon.Method}
		}
	case FieldLogonType:
		if e.Logon != nil {
			return Value{Type: String, Str: e.Logon.Type}
		}
	case FieldLogonLine:
		if e.Logon != nil {
			return Value{Type: String, Str: e.Logon.Line}
		}
	case FieldSourceAddress:
		if e.Logon != nil {
			return Value{Type: String, Str: e.Logon.Address}
		}
	case FieldLogonStart:
		if e.Logon != nil {
			return Value{Type: Instant, Num: int64(e.Logon.Start)}
		}
	case FieldDnsId:
		if e.DNS != nil {
			return Value{Type: Int, Num: e.DNS.ID}
		}
	case FieldDnsType:
		if e.DNS != nil {
			return Value{Type: String, Str: e.DNS.Type}
		}
	case FieldDnsQuestionName:
		if e.DNS != nil {
			return Value{Type: String, Str: e.DNS.Name}
		}
	case FieldDnsQuestionType:
		if e.DNS != nil {
			return Value{Type: String, Str: e.DNS.QuestionType}
		}
	case FieldDnsQuestionClass:
		if e.DNS != nil {
			return Value{Type: String, Str: e.DNS.QuestionClass}
		}
	case FieldDnsResponseCode:
		if e.DNS != nil {
			return Value{Type: String, Str: e.DNS.ResponseCode}
		}
	case FieldDnsHeaderFlags:
		if e.DNS != nil {
			return Value{Type: Strings, List: e.DNS.Flags}
		}
	case FieldDnsAnswersName:
		if e.DNS != nil {
			return Value{Type: Strings, List: e.DNS.AnswerNames}
		}
	case FieldDnsAnswersType:
		if e.DNS != nil {
			return Value{Type: Strings, List: e.DNS.AnswerTypes}
		}
	case FieldDnsAnswersData:
		if e.DNS != nil {
			return Value{Type: Strings, List: e.DNS.Answers}
		}
	case FieldDnsResolvedIp:
		if e.DNS != nil {
			return Value{Type: Strings, List: e.DNS.Resolved}
		}
	case FieldDnsTtl:
		if e.DNS != nil {
			return Value{Type: Int, Num: e.DNS.TTL}
		}
	case FieldDnsLibrary:
		if e.DNS != nil {
			return boolValue(e.DNS.ViaLibrary)
		}
	case FieldTlsClientServerName:
		if e.TLS != nil {
			return Value{Type: String, Str: e.TLS.ServerName}
		}
	case FieldTlsClientJa4:
		if e.TLS != nil {
			return Value{Type: String, Str: e.TLS.JA4}
		}
	case FieldTlsVersion:
		if e.TLS != nil {
			return Value{Type: String, Str: e.TLS.Version}
		}
	case FieldTlsClientProtocols:
		if e.TLS != nil {
			return Value{Type: Strings, List: e.TLS.Protocols}
		}
	case FieldTlsClientSupportedCiphers:
		if e.TLS != nil {
			return Value{Type: Strings, List: e.TLS.Ciphers}
		}
	case FieldScriptPath:
		if e.Script != nil {
			return Value{Type: String, Str: e.Script.Path}
		}
	case FieldScriptInterpreter:
		if e.Script != nil {
			return Value{Type: String, Str: e.Script.Interpreter}
		}
	case FieldScriptSource:
		if e.Script != nil {
			return Value{Type: String, Str: e.Script.Source}
		}
	case FieldScriptContent:
		if e.Script != nil {
			return Value{Type: String, Str: e.Script.Content}
		}
	case FieldScriptSize:
		if e.Script != nil {
			return optValue(e.Script.Size)
		}
	case FieldScriptHashSha256:
		if e.Script != nil {
			return Value{Type: String, Str: e.Script.SHA256}
		}
	case FieldScriptTruncated:
		if e.Script != nil {
			return boolValue(e.Script.Truncated)
		}
	case FieldChangeObject:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.Object}
		}
	case FieldChangeName:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.Name}
		}
	case FieldChangeField:
		if e.Change != nil {
			return Value{Type: Strings, List: e.Change.Fields}
		}
	case FieldChangeBefore:
		if e.Change != nil {
			return Value{Type: Strings, List: e.Change.Before}
		}
	case FieldChangeAfter:
		if e.Change != nil {
			return Value{Type: Strings, List: e.Change.After}
		}
	case FieldUserTargetName:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.UserName}
		}
	case FieldUserTargetId:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.UserID}
		}
	case FieldGroupName:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.GroupName}
		}
	case FieldTaskSchedule:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.TaskSchedule}
		}
	case FieldTaskCommand:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.TaskCommand}
		}
	case FieldTaskUserName:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.TaskUser}
		}
	case FieldTaskType:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.TaskType}
		}
	case FieldServiceState:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.ServiceState}
		}
	case FieldServiceCommand:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.ServiceCommand}
		}
	case FieldServiceUser:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.ServiceUser}
		}
	case FieldServiceOperation:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.ServiceOperation}
		}
	case FieldPackageVersion:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.PackageVersion}
		}
	case FieldPackageType:
		if e.Change != nil {
			return Value{Type: String, Str: e.Change.PackageType}
		}
	case FieldDeviceId:
		if e.Device != nil {
			return Value{Type: String, Str: e.Device.ID}
		}
	case FieldDeviceManufacturer:
		if e.Device != nil {
			return Value{Type: String, Str: e.Device.Vendor}
		}
	case FieldDeviceModelName:
		if e.Device != nil {
			return Value{Type: String, Str: e.Device.Model}
		}
	case FieldDeviceSerialNumber:
		if e.Device != nil {
			return Value{Type: String, Str: e.Device.Serial}
		}
	case FieldDeviceType:
		if e.Device != nil {
			return Value{Type: String, Str: e.Device.Type}
		}
	case FieldDeviceBus:
		if e.Device != nil {
			return Value{Type: String, Str: e.Device.Bus}
		}
	case FieldRuleId:
		if e.Finding != nil {
			return Value{Type: String, Str: e.Finding.RuleID}
		}
	case FieldRuleName:
		if e.Finding != nil {
			return Value{Type: String, Str: e.Finding.RuleName}
		}
	case FieldRuleFormat:
		if e.Finding != nil {
			return Value{Type: String, Str: e.Finding.RuleFormat}
		}
	case FieldRuleLevel:
		if e.Finding != nil {
			return Value{Type: String, Str: e.Finding.Level}
		}
	case FieldEventSeverity:
		if e.Finding != nil {
			return Value{Type: Int, Num: e.Finding.Severity}
		}
	case FieldThreatTechniqueId:
		if e.Finding != nil {
			return Value{Type: Strings, List: e.Finding.Techniques}
		}
	case FieldThreatTacticName:
		if e.Finding != nil {
			return Value{Type: Strings, List: e.Finding.Tactics}
		}
	case FieldFindingMatchedField:
		if e.Finding != nil {
			return Value{Type: Strings, List: e.Finding.MatchedFields}
		}
	case FieldFindingMatchedValue:
		if e.Finding != nil {
			return Value{Type: Strings, List: e.Finding.MatchedValues}
		}
	case FieldFindingActions:
		if e.Finding != nil {
			return Value{Type: Strings, List: e.Finding.Actions}
		}
	case FieldFindingEventAction:
		if e.Finding != nil {
			return Value{Type: String, Str: e.Finding.EventKind}
		}
	case FieldFindingEventId:
		if e.Finding != nil {
			return Value{Type: String, Str: e.Finding.EventID}
		}
	case FieldFindingEventIds:
		if e.Finding != nil {
			return Value{Type: Strings, List: e.Finding.EventIDs}
		}
	case FieldFindingGroup:
		if e.Finding != nil {
			return Value{Type: Strings, List: e.Finding.Group}
		}
	case FieldResponseAction:
		if e.Response != nil {
			return Value{Type: String, Str: e.Response.Action}
		}
	case FieldResponseMode:
		if e.Response != nil {
			return Value{Type: String, Str: e.Response.Mode}
		}
	case FieldResponseResult:
		if e.Response != nil {
			return Value{Type: String, Str: e.Response.Result}
		}
	case FieldResponseReason:
		if e.Response != nil {
			return Value{Type: String, Str: e.Response.Reason}
		}
	case FieldResponseRuleId:
		if e.Response != nil {
			return Value{Type: String, Str: e.Response.RuleID}
		}
	case FieldResponseTargetEntityId:
		if e.Response != nil {
			return Value{Type: String, Str: e.Response.EntityID}
		}
	case FieldResponseTargetPid:
		if e.Response != nil {
			return Value{Type: Int, Num: e.Response.PID}
		}
	case FieldResponseLatency:
		if e.Response != nil {
			return Value{Type: Int, Num: e.Response.Latency}
		}
	case FieldResponseTaskId:
		if e.Response != nil {
			return Value{Type: String, Str: e.Response.TaskID}
		}
	case FieldAgentVersion:
		if e.Status != nil {
			return Value{Type: String, Str: e.Status.Version}
		}
	case FieldAgentSensorName:
		if e.Status != nil {
			return Value{Type: String, Str: e.Status.Sensor}
		}
	case FieldAgentSensorRung:
		if e.Status != nil {
			return Value{Type: String, Str: e.Status.Rung}
		}
	case FieldAgentSensorReason:
		if e.Status != nil {
			return Value{Type: String, Str: e.Status.RungReason}
		}
	case FieldAgentLossStage:
		if e.Status != nil {
			return Value{Type: String, Str: e.Status.LossStage}
		}
	case FieldAgentLossSensor:
		if e.Status != nil {
			return Value{Type: String, Str: e.Status.LossSensor}
		}
	case FieldAgentLossAction:
		if e.Status != nil {
			return Value{Type: String, Str: e.Status.LossKind}
		}
	case FieldAgentLossCount:
		if e.Status != nil {
			return optValue(e.Status.LossCount)
		}
	case FieldAgentLossState:
		if e.Status != nil {
			return Value{Type: String, Str: e.Status.LossState}
		}
	case FieldAgentLossReason:
		if e.Status != nil {
			return Value{Type: String, Str: e.Status.LossReason}
		}
	case FieldAgentIntervalFrom:
		if e.Status != nil {
			return Value{Type: Instant, Num: int64(e.Status.From)}
		}
	case FieldAgentIntervalTo:
		if e.Status != nil {
			return Value{Type: Instant, Num: int64(e.Status.To)}
		}
	case FieldAgentHealthCpuTime:
		if e.Status != nil {
			return Value{Type: Int, Num: e.Status.CPUMillis}
		}
	case FieldAgentHealthResidentSize:
		if e.Status != nil {
			return Value{Type: Int, Num: e.Status.ResidentSize}
		}
	case FieldHostMemoryUsed:
		if e.Status != nil {
			return Value{Type: Int, Num: e.Status.MemoryUsed}
		}
	case FieldHostMemoryTotal:
		if e.Status != nil {
			return Value{Type: Int, Num: e.Status.MemoryTotal}
		}
	case FieldHostDiskUsed:
		if e.Status != nil {
			return Value{Type: Int, Num: e.Status.DiskUsed}
		}
	case FieldHostDiskTotal:
		if e.Status != nil {
			return Value{Type: Int, Num: e.Status.DiskTotal}
		}
	case FieldHostUptime:
		if e.Status != nil {
			return Value{Type: Int, Num: e.Status.Uptime}
		}
	case FieldHostCpuPercent:
		if e.Status != nil {
			return Value{Type: Float, Flt: e.Status.CPUPercent}
		}
	case FieldHostNetworkIngressBytes:
		if e.Status != nil {
			return Value{Type: Int, Num: e.Status.NetReceived}
		}
	case FieldHostNetworkEgressBytes:
		if e.Status != nil {
			return Value{Type: Int, Num: e.Status.NetSent}
		}
	case FieldLogSource:
		if e.Log != nil {
			return Value{Type: String, Str: e.Log.Source}
		}
	case FieldLogChannel:
		if e.Log != nil {
			return Value{Type: String, Str: e.Log.Channel}
		}
	case FieldLogProvider:
		if e.Log != nil {
			return Value{Type: String, Str: e.Log.Provider}
		}
	case FieldEventCode:
		if e.Log != nil {
			return Value{Type: String, Str: e.Log.Code}
		}
	case FieldLogRecordId:
		if e.Log != nil {
			return Value{Type: String, Str: e.Log.RecordID}
		}
	case FieldMessage:
		if e.Log != nil {
			return Value{Type: String, Str: e.Log.Message}
		}
	case FieldLogNames:
		if e.Log != nil {
			return Value{Type: Strings, List: e.Log.Names}
		}
	case FieldLogValues:
		if e.Log != nil {
			return Value{Type: Strings, List: e.Log.Values}
		}
	}
	if int(id) < len(fieldTypes) {
		return Value{Type: fieldTypes[id]}
	}
	return Value{}
}

// Set stores a present value of the field's type and makes its section; an
// absent value and a derived field change nothing.
func (e *Event) Set(id FieldID, v Value) {
	if !v.Present() {
		return
	}
	switch id {
	case FieldTimestamp:
		e.Time = Time(v.Num)
	case FieldEventIngested:
		e.Ingested = Time(v.Num)
	case FieldEventAction:
		if k, ok := ParseKind(v.Str); ok {
			e.Kind = k
		} else {
			e.Kind = Kind(v.Num)
		}
	case FieldAgentId:
		e.Agent = v.Str
	case FieldAgentEpoch:
		e.Epoch = v.Num
	case FieldEventSequence:
		e.Sequence = v.Num
	case FieldHostName:
		e.HostName = v.Str
	case FieldEventProvider:
		e.Provider = v.Str
	case FieldEventRung:
		e.Rung = v.Str
	case FieldEventSensorSequence:
		e.SensorSequence = v.Num
	case FieldEventOutcome:
		e.Outcome = v.Str
	case FieldErrorCode:
		e.ErrorCode = v.Str
	case FieldContainerId:
		e.ContainerID = v.Str
	case FieldProcessEntityId:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.EntityID = v.Str
	case FieldProcessPid:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.PID = v.Num
	case FieldProcessNamespacedPid:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.NSPID = v.Num
	case FieldProcessName:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.Name = v.Str
	case FieldProcessExecutable:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.Executable = v.Str
	case FieldProcessCommandLine:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.CommandLine = v.Str
	case FieldProcessArgs:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.Args = v.List
	case FieldProcessArgsCount:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.ArgsCount = v.Num
	case FieldProcessArgsSize:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.ArgsSize = v.Num
	case FieldProcessWorkingDirectory:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.WorkingDirectory = v.Str
	case FieldProcessScript:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.Script = v.Str
	case FieldProcessStart:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.Start = Time(v.Num)
	case FieldProcessEnd:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.End = Time(v.Num)
	case FieldProcessExitCode:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.ExitCode = v.Opt()
	case FieldProcessTtyName:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.TTY = v.Str
	case FieldProcessSessionLeaderPid:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.SessionID = v.Num
	case FieldProcessGroupLeaderPid:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.GroupID = v.Num
	case FieldProcessAuditUserId:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.AuditUserID = v.Str
	case FieldProcessAuditSessionId:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.AuditSessionID = v.Str
	case FieldProcessCapabilities:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.Capabilities = v.Str
	case FieldProcessMemoryBacked:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.MemoryBacked = v.Num != 0
	case FieldProcessCgroupId:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.CgroupID = v.Num
	case FieldProcessCgroupPath:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.CgroupPath = v.Str
	case FieldProcessNamespacePid:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Namespaces == nil {
			e.Process.Namespaces = &Namespaces{}
		}
		e.Process.Namespaces.PID = v.Num
	case FieldProcessNamespaceMount:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Namespaces == nil {
			e.Process.Namespaces = &Namespaces{}
		}
		e.Process.Namespaces.Mount = v.Num
	case FieldProcessNamespaceNet:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Namespaces == nil {
			e.Process.Namespaces = &Namespaces{}
		}
		e.Process.Namespaces.Net = v.Num
	case FieldProcessNamespaceUts:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Namespaces == nil {
			e.Process.Namespaces = &Namespaces{}
		}
		e.Process.Namespaces.UTS = v.Num
	case FieldProcessHashMd5:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Hash == nil {
			e.Process.Hash = &Hash{}
		}
		e.Process.Hash.MD5 = v.Str
	case FieldProcessHashSha1:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Hash == nil {
			e.Process.Hash = &Hash{}
		}
		e.Process.Hash.SHA1 = v.Str
	case FieldProcessHashSha256:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Hash == nil {
			e.Process.Hash = &Hash{}
		}
		e.Process.Hash.SHA256 = v.Str
	case FieldProcessHashStatus:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Hash == nil {
			e.Process.Hash = &Hash{}
		}
		e.Process.Hash.Status = v.Str
	case FieldProcessParentEntityId:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &Parent{}
		}
		e.Process.Parent.EntityID = v.Str
	case FieldProcessParentPid:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &Parent{}
		}
		e.Process.Parent.PID = v.Num
	case FieldProcessParentName:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &Parent{}
		}
		e.Process.Parent.Name = v.Str
	case FieldProcessParentExecutable:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &Parent{}
		}
		e.Process.Parent.Executable = v.Str
	case FieldProcessParentCommandLine:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &Parent{}
		}
		e.Process.Parent.CommandLine = v.Str
	case FieldProcessParentWorkingDirectory:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Parent == nil {
			e.Process.Parent = &Parent{}
		}
		e.Process.Parent.WorkingDirectory = v.Str
	case FieldProcessAncestorsEntityId:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Ancestors == nil {
			e.Process.Ancestors = &Ancestors{}
		}
		e.Process.Ancestors.EntityIDs = v.List
	case FieldProcessAncestorsName:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Ancestors == nil {
			e.Process.Ancestors = &Ancestors{}
		}
		e.Process.Ancestors.Names = v.List
	case FieldProcessAncestorsExecutable:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Ancestors == nil {
			e.Process.Ancestors = &Ancestors{}
		}
		e.Process.Ancestors.Executables = v.List
	case FieldProcessAncestorsCommandLine:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Ancestors == nil {
			e.Process.Ancestors = &Ancestors{}
		}
		e.Process.Ancestors.CommandLines = v.List
	case FieldProcessActivityChildren:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &Activity{}
		}
		e.Process.Activity.Children = v.Num
	case FieldProcessActivityExecutions:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &Activity{}
		}
		e.Process.Activity.Executions = v.Num
	case FieldProcessActivityFilesCreated:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &Activity{}
		}
		e.Process.Activity.FilesCreated = v.Num
	case FieldProcessActivityFilesWritten:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &Activity{}
		}
		e.Process.Activity.FilesWritten = v.Num
	case FieldProcessActivityFilesRenamed:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &Activity{}
		}
		e.Process.Activity.FilesRenamed = v.Num
	case FieldProcessActivityFilesDeleted:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &Activity{}
		}
		e.Process.Activity.FilesDeleted = v.Num
	case FieldProcessActivityConnections:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &Activity{}
		}
		e.Process.Activity.Connections = v.Num
	case FieldProcessActivityAccepts:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Activity == nil {
			e.Process.Activity = &Activity{}
		}
		e.Process.Activity.Accepts = v.Num
	case FieldProcessEnvVars:
		if e.Process == nil {
			e.Process = &Process{}
		}
		e.Process.Environment = v.List
	case FieldProcessHashTlsh:
		if e.Process == nil {
			e.Process = &Process{}
		}
		if e.Process.Hash == nil {
			e.Process.Hash = &Hash{}
		}
		e.Process.Hash.TLSH = v.Str
	case FieldUserId:
		if e.User == nil {
			e.User = &User{}
		}
		e.User.ID = v.Str
	case FieldUserName:
		if e.User == nil {
			e.User = &User{}
		}
		e.User.Name = v.Str
	case FieldUserGroupId:
		if e.User == nil {
			e.User = &User{}
		}
		e.User.GroupID = v.Str
	case FieldUserGroupName:
		if e.User == nil {
			e.User = &User{}
		}
		e.User.GroupName = v.Str
	case FieldUserEffectiveId:
		if e.User == nil {
			e.User = &User{}
		}
		e.User.EffectiveID = v.Str
	case FieldUserEffectiveName:
		if e.User == nil {
			e.User = &User{}
		}
		e.User.EffectiveName = v.Str
	case FieldUserEffectiveGroupId:
		if e.User == nil {
			e.User = &User{}
		}
		e.User.EffectiveGroupID = v.Str
	case FieldFilePath:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Path = v.Str
	case FieldFileOriginalPath:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.OriginalPath = v.Str
	case FieldFileTargetPath:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.TargetPath = v.Str
	case FieldFileName:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Name = v.Str
	case FieldFileDirectory:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Directory = v.Str
	case FieldFileExtension:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Extension = v.Str
	case FieldFileType:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Type = v.Str
	case FieldFileSize:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Size = v.Opt()
	case FieldFileMode:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Mode = v.Str
	case FieldFilePreviousMode:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.PreviousMode = v.Str
	case FieldFileUid:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.UID = v.Str
	case FieldFileGid:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.GID = v.Str
	case FieldFilePreviousUid:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.PreviousUID = v.Str
	case FieldFilePreviousGid:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.PreviousGID = v.Str
	case FieldFileOwner:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Owner = v.Str
	case FieldFileGroup:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Group = v.Str
	case FieldFileInode:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Inode = v.Num
	case FieldFileDeviceNumber:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Device = v.Num
	case FieldFileLinkCount:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Links = v.Opt()
	case FieldFileFilesystem:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Filesystem = v.Str
	case FieldFileMtime:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Modified = Time(v.Num)
	case FieldFileCtime:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Changed = Time(v.Num)
	case FieldFileOpenFlags:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.OpenFlags = v.Str
	case FieldFileXattrName:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.XattrName = v.Str
	case FieldFileOffset:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Offset = v.Opt()
	case FieldFileHashMd5:
		if e.File == nil {
			e.File = &File{}
		}
		if e.File.Hash == nil {
			e.File.Hash = &Hash{}
		}
		e.File.Hash.MD5 = v.Str
	case FieldFileHashSha1:
		if e.File == nil {
			e.File = &File{}
		}
		if e.File.Hash == nil {
			e.File.Hash = &Hash{}
		}
		e.File.Hash.SHA1 = v.Str
	case FieldFileHashSha256:
		if e.File == nil {
			e.File = &File{}
		}
		if e.File.Hash == nil {
			e.File.Hash = &Hash{}
		}
		e.File.Hash.SHA256 = v.Str
	case FieldFileHashStatus:
		if e.File == nil {
			e.File = &File{}
		}
		if e.File.Hash == nil {
			e.File.Hash = &Hash{}
		}
		e.File.Hash.Status = v.Str
	case FieldSourceIp:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.SourceIP = v.IP
	case FieldSourcePort:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.SourcePort = v.Num
	case FieldDestinationIp:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.DestinationIP = v.IP
	case FieldDestinationPort:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.DestinationPort = v.Num
	case FieldDestinationDomain:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.DestinationDomain = v.Str
	case FieldNetworkTransport:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.Transport = v.Str
	case FieldNetworkIanaNumber:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.Protocol = v.Str
	case FieldNetworkType:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.Type = v.Str
	case FieldNetworkDirection:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.Direction = v.Str
	case FieldSourceBytes:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.SourceBytes = v.Opt()
	case FieldDestinationBytes:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.DestinationBytes = v.Opt()
	case FieldNetworkBytes:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.Bytes = v.Opt()
	case FieldEventDuration:
		if e.Net == nil {
			e.Net = &Net{}
		}
		e.Net.Duration = v.Num
	case FieldProcessTargetEntityId:
		if e.Target == nil {
			e.Target = &Target{}
		}
		e.Target.EntityID = v.Str
	case FieldProcessTargetPid:
		if e.Target == nil {
			e.Target = &Target{}
		}
		e.Target.PID = v.Num
	case FieldProcessTargetNamespacePid:
		if e.Target == nil {
			e.Target = &Target{}
		}
		e.Target.PIDNamespace = v.Num
	case FieldProcessTargetName:
		if e.Target == nil {
			e.Target = &Target{}
		}
		e.Target.Name = v.Str
	case FieldProcessTargetExecutable:
		if e.Target == nil {
			e.Target = &Target{}
		}
		e.Target.Executable = v.Str
	case FieldProcessTargetCommandLine:
		if e.Target == nil {
			e.Target = &Target{}
		}
		e.Target.CommandLine = v.Str
	case FieldCallName:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.Name = v.Str
	case FieldCallOperation:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.Operation = v.Str
	case FieldCallFlags:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.Flags = v.Str
	case FieldCallSignal:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.Signal = v.Str
	case FieldCallAddress:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.Address = v.Num
	case FieldCallSize:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.Size = v.Num
	case FieldEventCount:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.Count = v.Num
	case FieldEventStart:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.First = Time(v.Num)
	case FieldEventEnd:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.Last = Time(v.Num)
	case FieldUserPreviousId:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.PreviousUID = v.Str
	case FieldUserPreviousGroupId:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.PreviousGID = v.Str
	case FieldUserPreviousEffectiveId:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.PreviousEffectiveUID = v.Str
	case FieldUserPreviousEffectiveGroupId:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.PreviousEffectiveGID = v.Str
	case FieldProcessPreviousCapabilities:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.PreviousCapabilities = v.Str
	case FieldModuleName:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.ModuleName = v.Str
	case FieldModuleArguments:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.ModuleArguments = v.Str
	case FieldBpfProgramName:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.BPFName = v.Str
	case FieldBpfProgramType:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.BPFType = v.Str
	case FieldBpfProgramId:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.BPFID = v.Num
	case FieldBpfProgramFunction:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.BPFFunction = v.Str
	case FieldBpfAttachType:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.BPFAttach = v.Str
	case FieldMountSource:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.MountSource = v.Str
	case FieldMountDirectory:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.MountDirectory = v.Str
	case FieldMountFilesystem:
		if e.Call == nil {
			e.Call = &Call{}
		}
		e.Call.MountFilesystem = v.Str
	case FieldEventReason:
		e.Reason = v.Str
	case FieldFileHashTlsh:
		if e.File == nil {
			e.File = &File{}
		}
		if e.File.Hash == nil {
			e.File.Hash = &Hash{}
		}
		e.File.Hash.TLSH = v.Str
	case FieldFileEntropy:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Entropy = v.Flt
	case FieldFileHeaderBytes:
		if e.File == nil {
			e.File = &File{}
		}
		e.File.Header = v.Str
	case FieldLogonUserName:
		if e.Logon == nil {
			e.Logon = &Logon{}
		}
		e.Logon.UserName = v.Str
	case FieldLogonUserId:
		if e.Logon == nil {
			e.Logon = &Logon{}
		}
		e.Logon.UserID = v.Str
	case FieldLogonSessionId:
		if e.Logon == nil {
			e.Logon = &Logon{}
		}
		e.Logon.SessionID = v.Str
	case FieldLogonService:
		if e.Logon == nil {
			e.Logon = &Logon{}
		}
		e.Logon.Service = v.Str
	case FieldLogonMethod:
		if e.Logon == nil {
			e.Logon = &Logon{}
		}
		e.Logon.Method = v.Str
	case FieldLogonType:
		if e.Logon == nil {
			e.Logon = &Logon{}
		}
		e.Logon.Type = v.Str
	case FieldLogonLine:
		if e.Logon == nil {
			e.Logon = &Logon{}
		}
		e.Logon.Line = v.Str
	case FieldSourceAddress:
		if e.Logon == nil {
			e.Logon = &Logon{}
		}
		e.Logon.Address = v.Str
	case FieldLogonStart:
		if e.Logon == nil {
			e.Logon = &Logon{}
		}
		e.Logon.Start = Time(v.Num)
	case FieldDnsId:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.ID = v.Num
	case FieldDnsType:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.Type = v.Str
	case FieldDnsQuestionName:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.Name = v.Str
	case FieldDnsQuestionType:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.QuestionType = v.Str
	case FieldDnsQuestionClass:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.QuestionClass = v.Str
	case FieldDnsResponseCode:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.ResponseCode = v.Str
	case FieldDnsHeaderFlags:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.Flags = v.List
	case FieldDnsAnswersName:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.AnswerNames = v.List
	case FieldDnsAnswersType:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.AnswerTypes = v.List
	case FieldDnsAnswersData:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.Answers = v.List
	case FieldDnsResolvedIp:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.Resolved = v.List
	case FieldDnsTtl:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.TTL = v.Num
	case FieldDnsLibrary:
		if e.DNS == nil {
			e.DNS = &DNS{}
		}
		e.DNS.ViaLibrary = v.Num != 0
	case FieldTlsClientServerName:
		if e.TLS == nil {
			e.TLS = &TLS{}
		}
		e.TLS.ServerName = v.Str
	case FieldTlsClientJa4:
		if e.TLS == nil {
			e.TLS = &TLS{}
		}
		e.TLS.JA4 = v.Str
	case FieldTlsVersion:
		if e.TLS == nil {
			e.TLS = &TLS{}
		}
		e.TLS.Version = v.Str
	case FieldTlsClientProtocols:
		if e.TLS == nil {
			e.TLS = &TLS{}
		}
		e.TLS.Protocols = v.List
	case FieldTlsClientSupportedCiphers:
		if e.TLS == nil {
			e.TLS = &TLS{}
		}
		e.TLS.Ciphers = v.List
	case FieldScriptPath:
		if e.Script == nil {
			e.Script = &Script{}
		}
		e.Script.Path = v.Str
	case FieldScriptInterpreter:
		if e.Script == nil {
			e.Script = &Script{}
		}
		e.Script.Interpreter = v.Str
	case FieldScriptSource:
		if e.Script == nil {
			e.Script = &Script{}
		}
		e.Script.Source = v.Str
	case FieldScriptContent:
		if e.Script == nil {
			e.Script = &Script{}
		}
		e.Script.Content = v.Str
	case FieldScriptSize:
		if e.Script == nil {
			e.Script = &Script{}
		}
		e.Script.Size = v.Opt()
	case FieldScriptHashSha256:
		if e.Script == nil {
			e.Script = &Script{}
		}
		e.Script.SHA256 = v.Str
	case FieldScriptTruncated:
		if e.Script == nil {
			e.Script = &Script{}
		}
		e.Script.Truncated = v.Num != 0
	case FieldChangeObject:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.Object = v.Str
	case FieldChangeName:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.Name = v.Str
	case FieldChangeField:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.Fields = v.List
	case FieldChangeBefore:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.Before = v.List
	case FieldChangeAfter:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.After = v.List
	case FieldUserTargetName:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.UserName = v.Str
	case FieldUserTargetId:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.UserID = v.Str
	case FieldGroupName:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.GroupName = v.Str
	case FieldTaskSchedule:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.TaskSchedule = v.Str
	case FieldTaskCommand:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.TaskCommand = v.Str
	case FieldTaskUserName:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.TaskUser = v.Str
	case FieldTaskType:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.TaskType = v.Str
	case FieldServiceState:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.ServiceState = v.Str
	case FieldServiceCommand:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.ServiceCommand = v.Str
	case FieldServiceUser:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.ServiceUser = v.Str
	case FieldServiceOperation:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.ServiceOperation = v.Str
	case FieldPackageVersion:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.PackageVersion = v.Str
	case FieldPackageType:
		if e.Change == nil {
			e.Change = &Change{}
		}
		e.Change.PackageType = v.Str
	case FieldDeviceId:
		if e.Device == nil {
			e.Device = &Device{}
		}
		e.Device.ID = v.Str
	case FieldDeviceManufacturer:
		if e.Device == nil {
			e.Device = &Device{}
		}
		e.Device.Vendor = v.Str
	case FieldDeviceModelName:
		if e.Device == nil {
			e.Device = &Device{}
		}
		e.Device.Model = v.Str
	case FieldDeviceSerialNumber:
		if e.Device == nil {
			e.Device = &Device{}
		}
		e.Device.Serial = v.Str
	case FieldDeviceType:
		if e.Device == nil {
			e.Device = &Device{}
		}
		e.Device.Type = v.Str
	case FieldDeviceBus:
		if e.Device == nil {
			e.Device = &Device{}
		}
		e.Device.Bus = v.Str
	case FieldRuleId:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.RuleID = v.Str
	case FieldRuleName:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.RuleName = v.Str
	case FieldRuleFormat:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.RuleFormat = v.Str
	case FieldRuleLevel:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.Level = v.Str
	case FieldEventSeverity:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.Severity = v.Num
	case FieldThreatTechniqueId:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.Techniques = v.List
	case FieldThreatTacticName:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.Tactics = v.List
	case FieldFindingMatchedField:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.MatchedFields = v.List
	case FieldFindingMatchedValue:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.MatchedValues = v.List
	case FieldFindingActions:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.Actions = v.List
	case FieldFindingEventAction:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.EventKind = v.Str
	case FieldFindingEventId:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.EventID = v.Str
	case FieldFindingEventIds:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.EventIDs = v.List
	case FieldFindingGroup:
		if e.Finding == nil {
			e.Finding = &Finding{}
		}
		e.Finding.Group = v.List
	case FieldResponseAction:
		if e.Response == nil {
			e.Response = &Response{}
		}
		e.Response.Action = v.Str
	case FieldResponseMode:
		if e.Response == nil {
			e.Response = &Response{}
		}
		e.Response.Mode = v.Str
	case FieldResponseResult:
		if e.Response == nil {
			e.Response = &Response{}
		}
		e.Response.Result = v.Str
	case FieldResponseReason:
		if e.Response == nil {
			e.Response = &Response{}
		}
		e.Response.Reason = v.Str
	case FieldResponseRuleId:
		if e.Response == nil {
			e.Response = &Response{}
		}
		e.Response.RuleID = v.Str
	case FieldResponseTargetEntityId:
		if e.Response == nil {
			e.Response = &Response{}
		}
		e.Response.EntityID = v.Str
	case FieldResponseTargetPid:
		if e.Response == nil {
			e.Response = &Response{}
		}
		e.Response.PID = v.Num
	case FieldResponseLatency:
		if e.Response == nil {
			e.Response = &Response{}
		}
		e.Response.Latency = v.Num
	case FieldResponseTaskId:
		if e.Response == nil {
			e.Response = &Response{}
		}
		e.Response.TaskID = v.Str
	case FieldAgentVersion:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.Version = v.Str
	case FieldAgentSensorName:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.Sensor = v.Str
	case FieldAgentSensorRung:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.Rung = v.Str
	case FieldAgentSensorReason:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.RungReason = v.Str
	case FieldAgentLossStage:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.LossStage = v.Str
	case FieldAgentLossSensor:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.LossSensor = v.Str
	case FieldAgentLossAction:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.LossKind = v.Str
	case FieldAgentLossCount:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.LossCount = v.Opt()
	case FieldAgentLossState:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.LossState = v.Str
	case FieldAgentLossReason:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.LossReason = v.Str
	case FieldAgentIntervalFrom:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.From = Time(v.Num)
	case FieldAgentIntervalTo:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.To = Time(v.Num)
	case FieldAgentHealthCpuTime:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.CPUMillis = v.Num
	case FieldAgentHealthResidentSize:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.ResidentSize = v.Num
	case FieldHostMemoryUsed:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.MemoryUsed = v.Num
	case FieldHostMemoryTotal:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.MemoryTotal = v.Num
	case FieldHostDiskUsed:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.DiskUsed = v.Num
	case FieldHostDiskTotal:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.DiskTotal = v.Num
	case FieldHostUptime:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.Uptime = v.Num
	case FieldHostCpuPercent:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.CPUPercent = v.Flt
	case FieldHostNetworkIngressBytes:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.NetReceived = v.Num
	case FieldHostNetworkEgressBytes:
		if e.Status == nil {
			e.Status = &Status{}
		}
		e.Status.NetSent = v.Num
	case FieldLogSource:
		if e.Log == nil {
			e.Log = &Log{}
		}
		e.Log.Source = v.Str
	case FieldLogChannel:
		if e.Log == nil {
			e.Log = &Log{}
		}
		e.Log.Channel = v.Str
	case FieldLogProvider:
		if e.Log == nil {
			e.Log = &Log{}
		}
		e.Log.Provider = v.Str
	case FieldEventCode:
		if e.Log == nil {
			e.Log = &Log{}
		}
		e.Log.Code = v.Str
	case FieldLogRecordId:
		if e.Log == nil {
			e.Log = &Log{}
		}
		e.Log.RecordID = v.Str
	case FieldMessage:
		if e.Log == nil {
			e.Log = &Log{}
		}
		e.Log.Message = v.Str
	case FieldLogNames:
		if e.Log == nil {
			e.Log = &Log{}
		}
		e.Log.Names = v.List
	case FieldLogValues:
		if e.Log == nil {
			e.Log = &Log{}
		}
		e.Log.Values = v.List
	}
}

// immutable
var fieldTypes = [NumFields]Type{
	Instant,
	Instant,
	KindName,
	Strings,
	Strings,
	String,
	String,
	Int,
	Int,
	String,
	String,
	String,
	Int,
	String,
	String,
	String,
	String,
	Int,
	Int,
	String,
	String,
	String,
	Strings,
	Int,
	Int,
	String,
	String,
	Instant,
	Instant,
	OptInt64,
	String,
	Int,
	Int,
	String,
	String,
	String,
	Bool,
	Int,
	String,
	Int,
	Int,
	Int,
	Int,
	String,
	String,
	String,
	String,
	String,
	Int,
	String,
	String,
	String,
	String,
	Strings,
	Strings,
	Strings,
	Strings,
	Int,
	Int,
	Int,
	Int,
	Int,
	Int,
	Int,
	Int,
	Strings,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	OptInt64,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	Int,
	Int,
	OptInt64,
	String,
	Instant,
	Instant,
	String,
	String,
	OptInt64,
	String,
	String,
	String,
	String,
	Address,
	Int,
	Address,
	Int,
	String,
	String,
	String,
	String,
	String,
	OptInt64,
	OptInt64,
	OptInt64,
	Int,
	String,
	Int,
	Int,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	Int,
	Int,
	Int,
	Instant,
	Instant,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	Int,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	Float,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	Instant,
	Int,
	String,
	String,
	String,
	String,
	String,
	Strings,
	Strings,
	Strings,
	Strings,
	Strings,
	Int,
	Bool,
	String,
	String,
	String,
	Strings,
	Strings,
	String,
	String,
	String,
	String,
	OptInt64,
	String,
	Bool,
	String,
	String,
	Strings,
	Strings,
	Strings,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	Int,
	Strings,
	Strings,
	Strings,
	Strings,
	Strings,
	String,
	String,
	Strings,
	Strings,
	String,
	String,
	String,
	String,
	String,
	String,
	Int,
	Int,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	String,
	OptInt64,
	String,
	String,
	Instant,
	Instant,
	Int,
	Int,
	Int,
	Int,
	Int,
	Int,
	Int,
	Float,
	Int,
	Int,
	String,
	String,
	String,
	String,
	String,
	String,
	Strings,
	Strings,
}
