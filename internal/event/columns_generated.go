//go:build !fieldgen

// Code generated from internal/event/field.go by internal/event/gen. DO NOT EDIT.

package event

import (
	"math"
	"net/netip"
)

// Texts sets dst[i] to a stored field of events[i] that is a text or a kind;
// absent is the zero value.
func Texts(id FieldID, events []*Event, dst []string) {
	switch id {
	case FieldEventAction:
		for i, e := range events {
			dst[i] = e.Kind.String()
		}
	case FieldAgentId:
		for i, e := range events {
			dst[i] = e.Agent
		}
	case FieldHostName:
		for i, e := range events {
			dst[i] = e.HostName
		}
	case FieldEventProvider:
		for i, e := range events {
			dst[i] = e.Provider
		}
	case FieldEventRung:
		for i, e := range events {
			dst[i] = e.Rung
		}
	case FieldEventOutcome:
		for i, e := range events {
			dst[i] = e.Outcome
		}
	case FieldErrorCode:
		for i, e := range events {
			dst[i] = e.ErrorCode
		}
	case FieldContainerId:
		for i, e := range events {
			dst[i] = e.ContainerID
		}
	case FieldProcessEntityId:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.EntityID
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessName:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.Name
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessExecutable:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.Executable
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessCommandLine:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.CommandLine
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessWorkingDirectory:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.WorkingDirectory
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessScript:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.Script
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessTtyName:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.TTY
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessAuditUserId:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.AuditUserID
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessAuditSessionId:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.AuditSessionID
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessCapabilities:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.Capabilities
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessCgroupPath:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.CgroupPath
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessHashMd5:
		for i, e := range events {
			if e.Process != nil && e.Process.Hash != nil {
				dst[i] = e.Process.Hash.MD5
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessHashSha1:
		for i, e := range events {
			if e.Process != nil && e.Process.Hash != nil {
				dst[i] = e.Process.Hash.SHA1
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessHashSha256:
		for i, e := range events {
			if e.Process != nil && e.Process.Hash != nil {
				dst[i] = e.Process.Hash.SHA256
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessHashStatus:
		for i, e := range events {
			if e.Process != nil && e.Process.Hash != nil {
				dst[i] = e.Process.Hash.Status
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessParentEntityId:
		for i, e := range events {
			if e.Process != nil && e.Process.Parent != nil {
				dst[i] = e.Process.Parent.EntityID
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessParentName:
		for i, e := range events {
			if e.Process != nil && e.Process.Parent != nil {
				dst[i] = e.Process.Parent.Name
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessParentExecutable:
		for i, e := range events {
			if e.Process != nil && e.Process.Parent != nil {
				dst[i] = e.Process.Parent.Executable
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessParentCommandLine:
		for i, e := range events {
			if e.Process != nil && e.Process.Parent != nil {
				dst[i] = e.Process.Parent.CommandLine
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessParentWorkingDirectory:
		for i, e := range events {
			if e.Process != nil && e.Process.Parent != nil {
				dst[i] = e.Process.Parent.WorkingDirectory
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessHashTlsh:
		for i, e := range events {
			if e.Process != nil && e.Process.Hash != nil {
				dst[i] = e.Process.Hash.TLSH
			} else {
				dst[i] = ""
			}
		}
	case FieldUserId:
		for i, e := range events {
			if e.User != nil {
				dst[i] = e.User.ID
			} else {
				dst[i] = ""
			}
		}
	case FieldUserName:
		for i, e := range events {
			if e.User != nil {
				dst[i] = e.User.Name
			} else {
				dst[i] = ""
			}
		}
	case FieldUserGroupId:
		for i, e := range events {
			if e.User != nil {
				dst[i] = e.User.GroupID
			} else {
				dst[i] = ""
			}
		}
	case FieldUserGroupName:
		for i, e := range events {
			if e.User != nil {
				dst[i] = e.User.GroupName
			} else {
				dst[i] = ""
			}
		}
	case FieldUserEffectiveId:
		for i, e := range events {
			if e.User != nil {
				dst[i] = e.User.EffectiveID
			} else {
				dst[i] = ""
			}
		}
	case FieldUserEffectiveName:
		for i, e := range events {
			if e.User != nil {
				dst[i] = e.User.EffectiveName
			} else {
				dst[i] = ""
			}
		}
	case FieldUserEffectiveGroupId:
		for i, e := range events {
			if e.User != nil {
				dst[i] = e.User.EffectiveGroupID
			} else {
				dst[i] = ""
			}
		}
	case FieldFilePath:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Path
			} else {
				dst[i] = ""
			}
		}
	case FieldFileOriginalPath:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.OriginalPath
			} else {
				dst[i] = ""
			}
		}
	case FieldFileTargetPath:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.TargetPath
			} else {
				dst[i] = ""
			}
		}
	case FieldFileName:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Name
			} else {
				dst[i] = ""
			}
		}
	case FieldFileDirectory:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Directory
			} else {
				dst[i] = ""
			}
		}
	case FieldFileExtension:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Extension
			} else {
				dst[i] = ""
			}
		}
	case FieldFileType:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Type
			} else {
				dst[i] = ""
			}
		}
	case FieldFileMode:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Mode
			} else {
				dst[i] = ""
			}
		}
	case FieldFilePreviousMode:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.PreviousMode
			} else {
				dst[i] = ""
			}
		}
	case FieldFileUid:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.UID
			} else {
				dst[i] = ""
			}
		}
	case FieldFileGid:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.GID
			} else {
				dst[i] = ""
			}
		}
	case FieldFilePreviousUid:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.PreviousUID
			} else {
				dst[i] = ""
			}
		}
	case FieldFilePreviousGid:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.PreviousGID
			} else {
				dst[i] = ""
			}
		}
	case FieldFileOwner:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Owner
			} else {
				dst[i] = ""
			}
		}
	case FieldFileGroup:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Group
			} else {
				dst[i] = ""
			}
		}
	case FieldFileFilesystem:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Filesystem
			} else {
				dst[i] = ""
			}
		}
	case FieldFileOpenFlags:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.OpenFlags
			} else {
				dst[i] = ""
			}
		}
	case FieldFileXattrName:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.XattrName
			} else {
				dst[i] = ""
			}
		}
	case FieldFileHashMd5:
		for i, e := range events {
			if e.File != nil && e.File.Hash != nil {
				dst[i] = e.File.Hash.MD5
			} else {
				dst[i] = ""
			}
		}
	case FieldFileHashSha1:
		for i, e := range events {
			if e.File != nil && e.File.Hash != nil {
				dst[i] = e.File.Hash.SHA1
			} else {
				dst[i] = ""
			}
		}
	case FieldFileHashSha256:
		for i, e := range events {
			if e.File != nil && e.File.Hash != nil {
				dst[i] = e.File.Hash.SHA256
			} else {
				dst[i] = ""
			}
		}
	case FieldFileHashStatus:
		for i, e := range events {
			if e.File != nil && e.File.Hash != nil {
				dst[i] = e.File.Hash.Status
			} else {
				dst[i] = ""
			}
		}
	case FieldDestinationDomain:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.DestinationDomain
			} else {
				dst[i] = ""
			}
		}
	case FieldNetworkTransport:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.Transport
			} else {
				dst[i] = ""
			}
		}
	case FieldNetworkIanaNumber:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.Protocol
			} else {
				dst[i] = ""
			}
		}
	case FieldNetworkType:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.Type
			} else {
				dst[i] = ""
			}
		}
	case FieldNetworkDirection:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.Direction
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessTargetEntityId:
		for i, e := range events {
			if e.Target != nil {
				dst[i] = e.Target.EntityID
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessTargetName:
		for i, e := range events {
			if e.Target != nil {
				dst[i] = e.Target.Name
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessTargetExecutable:
		for i, e := range events {
			if e.Target != nil {
				dst[i] = e.Target.Executable
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessTargetCommandLine:
		for i, e := range events {
			if e.Target != nil {
				dst[i] = e.Target.CommandLine
			} else {
				dst[i] = ""
			}
		}
	case FieldCallName:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.Name
			} else {
				dst[i] = ""
			}
		}
	case FieldCallOperation:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.Operation
			} else {
				dst[i] = ""
			}
		}
	case FieldCallFlags:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.Flags
			} else {
				dst[i] = ""
			}
		}
	case FieldCallSignal:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.Signal
			} else {
				dst[i] = ""
			}
		}
	case FieldUserPreviousId:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.PreviousUID
			} else {
				dst[i] = ""
			}
		}
	case FieldUserPreviousGroupId:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.PreviousGID
			} else {
				dst[i] = ""
			}
		}
	case FieldUserPreviousEffectiveId:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.PreviousEffectiveUID
			} else {
				dst[i] = ""
			}
		}
	case FieldUserPreviousEffectiveGroupId:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.PreviousEffectiveGID
			} else {
				dst[i] = ""
			}
		}
	case FieldProcessPreviousCapabilities:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.PreviousCapabilities
			} else {
				dst[i] = ""
			}
		}
	case FieldModuleName:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.ModuleName
			} else {
				dst[i] = ""
			}
		}
	case FieldModuleArguments:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.ModuleArguments
			} else {
				dst[i] = ""
			}
		}
	case FieldBpfProgramName:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.BPFName
			} else {
				dst[i] = ""
			}
		}
	case FieldBpfProgramType:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.BPFType
			} else {
				dst[i] = ""
			}
		}
	case FieldBpfProgramFunction:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.BPFFunction
			} else {
				dst[i] = ""
			}
		}
	case FieldBpfAttachType:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.BPFAttach
			} else {
				dst[i] = ""
			}
		}
	case FieldMountSource:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.MountSource
			} else {
				dst[i] = ""
			}
		}
	case FieldMountDirectory:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.MountDirectory
			} else {
				dst[i] = ""
			}
		}
	case FieldMountFilesystem:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.MountFilesystem
			} else {
				dst[i] = ""
			}
		}
	case FieldEventReason:
		for i, e := range events {
			dst[i] = e.Reason
		}
	case FieldFileHashTlsh:
		for i, e := range events {
			if e.File != nil && e.File.Hash != nil {
				dst[i] = e.File.Hash.TLSH
			} else {
				dst[i] = ""
			}
		}
	case FieldFileHeaderBytes:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Header
			} else {
				dst[i] = ""
			}
		}
	case FieldLogonUserName:
		for i, e := range events {
			if e.Logon != nil {
				dst[i] = e.Logon.UserName
			} else {
				dst[i] = ""
			}
		}
	case FieldLogonUserId:
		for i, e := range events {
			if e.Logon != nil {
				dst[i] = e.Logon.UserID
			} else {
				dst[i] = ""
			}
		}
	case FieldLogonSessionId:
		for i, e := range events {
			if e.Logon != nil {
				dst[i] = e.Logon.SessionID
			} else {
				dst[i] = ""
			}
		}
	case FieldLogonService:
		for i, e := range events {
			if e.Logon != nil {
				dst[i] = e.Logon.Service
			} else {
				dst[i] = ""
			}
		}
	case FieldLogonMethod:
		for i, e := range events {
			if e.Logon != nil {
				dst[i] = e.Logon.Method
			} else {
				dst[i] = ""
			}
		}
	case FieldLogonType:
		for i, e := range events {
			if e.Logon != nil {
				dst[i] = e.Logon.Type
			} else {
				dst[i] = ""
			}
		}
	case FieldLogonLine:
		for i, e := range events {
			if e.Logon != nil {
				dst[i] = e.Logon.Line
			} else {
				dst[i] = ""
			}
		}
	case FieldSourceAddress:
		for i, e := range events {
			if e.Logon != nil {
				dst[i] = e.Logon.Address
			} else {
				dst[i] = ""
			}
		}
	case FieldDnsType:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.Type
			} else {
				dst[i] = ""
			}
		}
	case FieldDnsQuestionName:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.Name
			} else {
				dst[i] = ""
			}
		}
	case FieldDnsQuestionType:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.QuestionType
			} else {
				dst[i] = ""
			}
		}
	case FieldDnsQuestionClass:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.QuestionClass
			} else {
				dst[i] = ""
			}
		}
	case FieldDnsResponseCode:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.ResponseCode
			} else {
				dst[i] = ""
			}
		}
	case FieldTlsClientServerName:
		for i, e := range events {
			if e.TLS != nil {
				dst[i] = e.TLS.ServerName
			} else {
				dst[i] = ""
			}
		}
	case FieldTlsClientJa4:
		for i, e := range events {
			if e.TLS != nil {
				dst[i] = e.TLS.JA4
			} else {
				dst[i] = ""
			}
		}
	case FieldTlsVersion:
		for i, e := range events {
			if e.TLS != nil {
				dst[i] = e.TLS.Version
			} else {
				dst[i] = ""
			}
		}
	case FieldScriptPath:
		for i, e := range events {
			if e.Script != nil {
				dst[i] = e.Script.Path
			} else {
				dst[i] = ""
			}
		}
	case FieldScriptInterpreter:
		for i, e := range events {
			if e.Script != nil {
				dst[i] = e.Script.Interpreter
			} else {
				dst[i] = ""
			}
		}
	case FieldScriptSource:
		for i, e := range events {
			if e.Script != nil {
				dst[i] = e.Script.Source
			} else {
				dst[i] = ""
			}
		}
	case FieldScriptContent:
		for i, e := range events {
			if e.Script != nil {
				dst[i] = e.Script.Content
			} else {
				dst[i] = ""
			}
		}
	case FieldScriptHashSha256:
		for i, e := range events {
			if e.Script != nil {
				dst[i] = e.Script.SHA256
			} else {
				dst[i] = ""
			}
		}
	case FieldChangeObject:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.Object
			} else {
				dst[i] = ""
			}
		}
	case FieldChangeName:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.Name
			} else {
				dst[i] = ""
			}
		}
	case FieldUserTargetName:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.UserName
			} else {
				dst[i] = ""
			}
		}
	case FieldUserTargetId:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.UserID
			} else {
				dst[i] = ""
			}
		}
	case FieldGroupName:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.GroupName
			} else {
				dst[i] = ""
			}
		}
	case FieldTaskSchedule:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.TaskSchedule
			} else {
				dst[i] = ""
			}
		}
	case FieldTaskCommand:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.TaskCommand
			} else {
				dst[i] = ""
			}
		}
	case FieldTaskUserName:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.TaskUser
			} else {
				dst[i] = ""
			}
		}
	case FieldTaskType:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.TaskType
			} else {
				dst[i] = ""
			}
		}
	case FieldServiceState:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.ServiceState
			} else {
				dst[i] = ""
			}
		}
	case FieldServiceCommand:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.ServiceCommand
			} else {
				dst[i] = ""
			}
		}
	case FieldServiceUser:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.ServiceUser
			} else {
				dst[i] = ""
			}
		}
	case FieldServiceOperation:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.ServiceOperation
			} else {
				dst[i] = ""
			}
		}
	case FieldPackageVersion:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.PackageVersion
			} else {
				dst[i] = ""
			}
		}
	case FieldPackageType:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.PackageType
			} else {
				dst[i] = ""
			}
		}
	case FieldDeviceId:
		for i, e := range events {
			if e.Device != nil {
				dst[i] = e.Device.ID
			} else {
				dst[i] = ""
			}
		}
	case FieldDeviceManufacturer:
		for i, e := range events {
			if e.Device != nil {
				dst[i] = e.Device.Vendor
			} else {
				dst[i] = ""
			}
		}
	case FieldDeviceModelName:
		for i, e := range events {
			if e.Device != nil {
				dst[i] = e.Device.Model
			} else {
				dst[i] = ""
			}
		}
	case FieldDeviceSerialNumber:
		for i, e := range events {
			if e.Device != nil {
				dst[i] = e.Device.Serial
			} else {
				dst[i] = ""
			}
		}
	case FieldDeviceType:
		for i, e := range events {
			if e.Device != nil {
				dst[i] = e.Device.Type
			} else {
				dst[i] = ""
			}
		}
	case FieldDeviceBus:
		for i, e := range events {
			if e.Device != nil {
				dst[i] = e.Device.Bus
			} else {
				dst[i] = ""
			}
		}
	case FieldRuleId:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.RuleID
			} else {
				dst[i] = ""
			}
		}
	case FieldRuleName:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.RuleName
			} else {
				dst[i] = ""
			}
		}
	case FieldRuleFormat:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.RuleFormat
			} else {
				dst[i] = ""
			}
		}
	case FieldRuleLevel:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.Level
			} else {
				dst[i] = ""
			}
		}
	case FieldFindingEventAction:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.EventKind
			} else {
				dst[i] = ""
			}
		}
	case FieldFindingEventId:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.EventID
			} else {
				dst[i] = ""
			}
		}
	case FieldResponseAction:
		for i, e := range events {
			if e.Response != nil {
				dst[i] = e.Response.Action
			} else {
				dst[i] = ""
			}
		}
	case FieldResponseMode:
		for i, e := range events {
			if e.Response != nil {
				dst[i] = e.Response.Mode
			} else {
				dst[i] = ""
			}
		}
	case FieldResponseResult:
		for i, e := range events {
			if e.Response != nil {
				dst[i] = e.Response.Result
			} else {
				dst[i] = ""
			}
		}
	case FieldResponseReason:
		for i, e := range events {
			if e.Response != nil {
				dst[i] = e.Response.Reason
			} else {
				dst[i] = ""
			}
		}
	case FieldResponseRuleId:
		for i, e := range events {
			if e.Response != nil {
				dst[i] = e.Response.RuleID
			} else {
				dst[i] = ""
			}
		}
	case FieldResponseTargetEntityId:
		for i, e := range events {
			if e.Response != nil {
				dst[i] = e.Response.EntityID
			} else {
				dst[i] = ""
			}
		}
	case FieldResponseTaskId:
		for i, e := range events {
			if e.Response != nil {
				dst[i] = e.Response.TaskID
			} else {
				dst[i] = ""
			}
		}
	case FieldAgentVersion:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.Version
			} else {
				dst[i] = ""
			}
		}
	case FieldAgentSensorName:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.Sensor
			} else {
				dst[i] = ""
			}
		}
	case FieldAgentSensorRung:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.Rung
			} else {
				dst[i] = ""
			}
		}
	case FieldAgentSensorReason:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.RungReason
			} else {
				dst[i] = ""
			}
		}
	case FieldAgentLossStage:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.LossStage
			} else {
				dst[i] = ""
			}
		}
	case FieldAgentLossSensor:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.LossSensor
			} else {
				dst[i] = ""
			}
		}
	case FieldAgentLossAction:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.LossKind
			} else {
				dst[i] = ""
			}
		}
	case FieldAgentLossState:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.LossState
			} else {
				dst[i] = ""
			}
		}
	case FieldAgentLossReason:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.LossReason
			} else {
				dst[i] = ""
			}
		}
	case FieldLogSource:
		for i, e := range events {
			if e.Log != nil {
				dst[i] = e.Log.Source
			} else {
				dst[i] = ""
			}
		}
	case FieldLogChannel:
		for i, e := range events {
			if e.Log != nil {
				dst[i] = e.Log.Channel
			} else {
				dst[i] = ""
			}
		}
	case FieldLogProvider:
		for i, e := range events {
			if e.Log != nil {
				dst[i] = e.Log.Provider
			} else {
				dst[i] = ""
			}
		}
	case FieldEventCode:
		for i, e := range events {
			if e.Log != nil {
				dst[i] = e.Log.Code
			} else {
				dst[i] = ""
			}
		}
	case FieldLogRecordId:
		for i, e := range events {
			if e.Log != nil {
				dst[i] = e.Log.RecordID
			} else {
				dst[i] = ""
			}
		}
	case FieldMessage:
		for i, e := range events {
			if e.Log != nil {
				dst[i] = e.Log.Message
			} else {
				dst[i] = ""
			}
		}
	}
}

// Numbers sets dst[i] to a stored field of events[i] that is a number, a time, a truth as 1 or a float as its bits;
// absent is the zero value.
func Numbers(id FieldID, events []*Event, dst []int64) {
	switch id {
	case FieldTimestamp:
		for i, e := range events {
			dst[i] = int64(e.Time)
		}
	case FieldEventIngested:
		for i, e := range events {
			dst[i] = int64(e.Ingested)
		}
	case FieldAgentEpoch:
		for i, e := range events {
			dst[i] = e.Epoch
		}
	case FieldEventSequence:
		for i, e := range events {
			dst[i] = e.Sequence
		}
	case FieldEventSensorSequence:
		for i, e := range events {
			dst[i] = e.SensorSequence
		}
	case FieldProcessPid:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.PID
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessNamespacedPid:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.NSPID
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessArgsCount:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.ArgsCount
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessArgsSize:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.ArgsSize
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessStart:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = int64(e.Process.Start)
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessEnd:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = int64(e.Process.End)
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessSessionLeaderPid:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.SessionID
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessGroupLeaderPid:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.GroupID
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessMemoryBacked:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = boolValue(e.Process.MemoryBacked).Num
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessCgroupId:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.CgroupID
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessNamespacePid:
		for i, e := range events {
			if e.Process != nil && e.Process.Namespaces != nil {
				dst[i] = e.Process.Namespaces.PID
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessNamespaceMount:
		for i, e := range events {
			if e.Process != nil && e.Process.Namespaces != nil {
				dst[i] = e.Process.Namespaces.Mount
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessNamespaceNet:
		for i, e := range events {
			if e.Process != nil && e.Process.Namespaces != nil {
				dst[i] = e.Process.Namespaces.Net
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessNamespaceUts:
		for i, e := range events {
			if e.Process != nil && e.Process.Namespaces != nil {
				dst[i] = e.Process.Namespaces.UTS
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessParentPid:
		for i, e := range events {
			if e.Process != nil && e.Process.Parent != nil {
				dst[i] = e.Process.Parent.PID
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessActivityChildren:
		for i, e := range events {
			if e.Process != nil && e.Process.Activity != nil {
				dst[i] = e.Process.Activity.Children
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessActivityExecutions:
		for i, e := range events {
			if e.Process != nil && e.Process.Activity != nil {
				dst[i] = e.Process.Activity.Executions
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessActivityFilesCreated:
		for i, e := range events {
			if e.Process != nil && e.Process.Activity != nil {
				dst[i] = e.Process.Activity.FilesCreated
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessActivityFilesWritten:
		for i, e := range events {
			if e.Process != nil && e.Process.Activity != nil {
				dst[i] = e.Process.Activity.FilesWritten
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessActivityFilesRenamed:
		for i, e := range events {
			if e.Process != nil && e.Process.Activity != nil {
				dst[i] = e.Process.Activity.FilesRenamed
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessActivityFilesDeleted:
		for i, e := range events {
			if e.Process != nil && e.Process.Activity != nil {
				dst[i] = e.Process.Activity.FilesDeleted
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessActivityConnections:
		for i, e := range events {
			if e.Process != nil && e.Process.Activity != nil {
				dst[i] = e.Process.Activity.Connections
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessActivityAccepts:
		for i, e := range events {
			if e.Process != nil && e.Process.Activity != nil {
				dst[i] = e.Process.Activity.Accepts
			} else {
				dst[i] = 0
			}
		}
	case FieldFileInode:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Inode
			} else {
				dst[i] = 0
			}
		}
	case FieldFileDeviceNumber:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Device
			} else {
				dst[i] = 0
			}
		}
	case FieldFileMtime:
		for i, e := range events {
			if e.File != nil {
				dst[i] = int64(e.File.Modified)
			} else {
				dst[i] = 0
			}
		}
	case FieldFileCtime:
		for i, e := range events {
			if e.File != nil {
				dst[i] = int64(e.File.Changed)
			} else {
				dst[i] = 0
			}
		}
	case FieldSourcePort:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.SourcePort
			} else {
				dst[i] = 0
			}
		}
	case FieldDestinationPort:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.DestinationPort
			} else {
				dst[i] = 0
			}
		}
	case FieldEventDuration:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.Duration
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessTargetPid:
		for i, e := range events {
			if e.Target != nil {
				dst[i] = e.Target.PID
			} else {
				dst[i] = 0
			}
		}
	case FieldProcessTargetNamespacePid:
		for i, e := range events {
			if e.Target != nil {
				dst[i] = e.Target.PIDNamespace
			} else {
				dst[i] = 0
			}
		}
	case FieldCallAddress:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.Address
			} else {
				dst[i] = 0
			}
		}
	case FieldCallSize:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.Size
			} else {
				dst[i] = 0
			}
		}
	case FieldEventCount:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.Count
			} else {
				dst[i] = 0
			}
		}
	case FieldEventStart:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = int64(e.Call.First)
			} else {
				dst[i] = 0
			}
		}
	case FieldEventEnd:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = int64(e.Call.Last)
			} else {
				dst[i] = 0
			}
		}
	case FieldBpfProgramId:
		for i, e := range events {
			if e.Call != nil {
				dst[i] = e.Call.BPFID
			} else {
				dst[i] = 0
			}
		}
	case FieldFileEntropy:
		for i, e := range events {
			if e.File != nil {
				dst[i] = int64(math.Float64bits(e.File.Entropy))
			} else {
				dst[i] = 0
			}
		}
	case FieldLogonStart:
		for i, e := range events {
			if e.Logon != nil {
				dst[i] = int64(e.Logon.Start)
			} else {
				dst[i] = 0
			}
		}
	case FieldDnsId:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.ID
			} else {
				dst[i] = 0
			}
		}
	case FieldDnsTtl:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.TTL
			} else {
				dst[i] = 0
			}
		}
	case FieldDnsLibrary:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = boolValue(e.DNS.ViaLibrary).Num
			} else {
				dst[i] = 0
			}
		}
	case FieldScriptTruncated:
		for i, e := range events {
			if e.Script != nil {
				dst[i] = boolValue(e.Script.Truncated).Num
			} else {
				dst[i] = 0
			}
		}
	case FieldEventSeverity:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.Severity
			} else {
				dst[i] = 0
			}
		}
	case FieldResponseTargetPid:
		for i, e := range events {
			if e.Response != nil {
				dst[i] = e.Response.PID
			} else {
				dst[i] = 0
			}
		}
	case FieldResponseLatency:
		for i, e := range events {
			if e.Response != nil {
				dst[i] = e.Response.Latency
			} else {
				dst[i] = 0
			}
		}
	case FieldAgentIntervalFrom:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = int64(e.Status.From)
			} else {
				dst[i] = 0
			}
		}
	case FieldAgentIntervalTo:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = int64(e.Status.To)
			} else {
				dst[i] = 0
			}
		}
	case FieldAgentHealthCpuTime:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.CPUMillis
			} else {
				dst[i] = 0
			}
		}
	case FieldAgentHealthResidentSize:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.ResidentSize
			} else {
				dst[i] = 0
			}
		}
	case FieldHostMemoryUsed:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.MemoryUsed
			} else {
				dst[i] = 0
			}
		}
	case FieldHostMemoryTotal:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.MemoryTotal
			} else {
				dst[i] = 0
			}
		}
	case FieldHostDiskUsed:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.DiskUsed
			} else {
				dst[i] = 0
			}
		}
	case FieldHostDiskTotal:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.DiskTotal
			} else {
				dst[i] = 0
			}
		}
	case FieldHostUptime:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.Uptime
			} else {
				dst[i] = 0
			}
		}
	case FieldHostCpuPercent:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = int64(math.Float64bits(e.Status.CPUPercent))
			} else {
				dst[i] = 0
			}
		}
	case FieldHostNetworkIngressBytes:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.NetReceived
			} else {
				dst[i] = 0
			}
		}
	case FieldHostNetworkEgressBytes:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.NetSent
			} else {
				dst[i] = 0
			}
		}
	}
}

// OptInts sets dst[i] to a stored field of events[i] that is a number whose zero is a value;
// absent is the zero value.
func OptInts(id FieldID, events []*Event, dst []OptInt) {
	switch id {
	case FieldProcessExitCode:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.ExitCode
			} else {
				dst[i] = OptInt{}
			}
		}
	case FieldFileSize:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Size
			} else {
				dst[i] = OptInt{}
			}
		}
	case FieldFileLinkCount:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Links
			} else {
				dst[i] = OptInt{}
			}
		}
	case FieldFileOffset:
		for i, e := range events {
			if e.File != nil {
				dst[i] = e.File.Offset
			} else {
				dst[i] = OptInt{}
			}
		}
	case FieldSourceBytes:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.SourceBytes
			} else {
				dst[i] = OptInt{}
			}
		}
	case FieldDestinationBytes:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.DestinationBytes
			} else {
				dst[i] = OptInt{}
			}
		}
	case FieldNetworkBytes:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.Bytes
			} else {
				dst[i] = OptInt{}
			}
		}
	case FieldScriptSize:
		for i, e := range events {
			if e.Script != nil {
				dst[i] = e.Script.Size
			} else {
				dst[i] = OptInt{}
			}
		}
	case FieldAgentLossCount:
		for i, e := range events {
			if e.Status != nil {
				dst[i] = e.Status.LossCount
			} else {
				dst[i] = OptInt{}
			}
		}
	}
}

// Lists sets dst[i] to a stored field of events[i] that is a list;
// absent is the zero value.
func Lists(id FieldID, events []*Event, dst [][]string) {
	switch id {
	case FieldProcessArgs:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.Args
			} else {
				dst[i] = nil
			}
		}
	case FieldProcessAncestorsEntityId:
		for i, e := range events {
			if e.Process != nil && e.Process.Ancestors != nil {
				dst[i] = e.Process.Ancestors.EntityIDs
			} else {
				dst[i] = nil
			}
		}
	case FieldProcessAncestorsName:
		for i, e := range events {
			if e.Process != nil && e.Process.Ancestors != nil {
				dst[i] = e.Process.Ancestors.Names
			} else {
				dst[i] = nil
			}
		}
	case FieldProcessAncestorsExecutable:
		for i, e := range events {
			if e.Process != nil && e.Process.Ancestors != nil {
				dst[i] = e.Process.Ancestors.Executables
			} else {
				dst[i] = nil
			}
		}
	case FieldProcessAncestorsCommandLine:
		for i, e := range events {
			if e.Process != nil && e.Process.Ancestors != nil {
				dst[i] = e.Process.Ancestors.CommandLines
			} else {
				dst[i] = nil
			}
		}
	case FieldProcessEnvVars:
		for i, e := range events {
			if e.Process != nil {
				dst[i] = e.Process.Environment
			} else {
				dst[i] = nil
			}
		}
	case FieldDnsHeaderFlags:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.Flags
			} else {
				dst[i] = nil
			}
		}
	case FieldDnsAnswersName:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.AnswerNames
			} else {
				dst[i] = nil
			}
		}
	case FieldDnsAnswersType:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.AnswerTypes
			} else {
				dst[i] = nil
			}
		}
	case FieldDnsAnswersData:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.Answers
			} else {
				dst[i] = nil
			}
		}
	case FieldDnsResolvedIp:
		for i, e := range events {
			if e.DNS != nil {
				dst[i] = e.DNS.Resolved
			} else {
				dst[i] = nil
			}
		}
	case FieldTlsClientProtocols:
		for i, e := range events {
			if e.TLS != nil {
				dst[i] = e.TLS.Protocols
			} else {
				dst[i] = nil
			}
		}
	case FieldTlsClientSupportedCiphers:
		for i, e := range events {
			if e.TLS != nil {
				dst[i] = e.TLS.Ciphers
			} else {
				dst[i] = nil
			}
		}
	case FieldChangeField:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.Fields
			} else {
				dst[i] = nil
			}
		}
	case FieldChangeBefore:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.Before
			} else {
				dst[i] = nil
			}
		}
	case FieldChangeAfter:
		for i, e := range events {
			if e.Change != nil {
				dst[i] = e.Change.After
			} else {
				dst[i] = nil
			}
		}
	case FieldThreatTechniqueId:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.Techniques
			} else {
				dst[i] = nil
			}
		}
	case FieldThreatTacticName:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.Tactics
			} else {
				dst[i] = nil
			}
		}
	case FieldFindingMatchedField:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.MatchedFields
			} else {
				dst[i] = nil
			}
		}
	case FieldFindingMatchedValue:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.MatchedValues
			} else {
				dst[i] = nil
			}
		}
	case FieldFindingActions:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.Actions
			} else {
				dst[i] = nil
			}
		}
	case FieldFindingEventIds:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.EventIDs
			} else {
				dst[i] = nil
			}
		}
	case FieldFindingGroup:
		for i, e := range events {
			if e.Finding != nil {
				dst[i] = e.Finding.Group
			} else {
				dst[i] = nil
			}
		}
	case FieldLogNames:
		for i, e := range events {
			if e.Log != nil {
				dst[i] = e.Log.Names
			} else {
				dst[i] = nil
			}
		}
	case FieldLogValues:
		for i, e := range events {
			if e.Log != nil {
				dst[i] = e.Log.Values
			} else {
				dst[i] = nil
			}
		}
	}
}

// Addresses sets dst[i] to a stored field of events[i] that is an address;
// absent is the zero value.
func Addresses(id FieldID, events []*Event, dst []netip.Addr) {
	switch id {
	case FieldSourceIp:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.SourceIP
			} else {
				dst[i] = netip.Addr{}
			}
		}
	case FieldDestinationIp:
		for i, e := range events {
			if e.Net != nil {
				dst[i] = e.Net.DestinationIP
			} else {
				dst[i] = netip.Addr{}
			}
		}
	}
}
