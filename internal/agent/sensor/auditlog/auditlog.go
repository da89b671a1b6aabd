// Package auditlog is the audit log as a source of events: what auditd writes
// down of executions, files and connections, for hosts whose kernel gives
// nothing better, and of which process a record tells.
package auditlog
