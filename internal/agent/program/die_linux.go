package program

import (
	"os/exec"
	"syscall"
)

// dieWithAgent has the kernel kill the program when the thread that started it
// ends: who starts it keeps the thread (runtime.LockOSThread) until it ended.
func dieWithAgent(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
