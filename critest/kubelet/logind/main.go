// logind says on the system bus what kubelet asks systemd-logind about the end of the machine: on SIGUSR1 it announces a shutdown and prints
// "released" once nobody delays it any longer.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	service = "org.freedesktop.login1"
	object  = dbus.ObjectPath("/org/freedesktop/login1")
	manager = service + ".Manager"
)

type logind struct {
	delays sync.WaitGroup
}

// Inhibit gives out one end of a pipe; the delay lasts until it is closed.
func (l *logind) Inhibit(what, who, why, mode string) (dbus.UnixFD, *dbus.Error) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], 0); err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	fmt.Println(who, "delays", what)
	l.delays.Add(1)
	// By then the answer is sent, and with it kubelet's copy.
	time.AfterFunc(5*time.Second, func() { syscall.Close(ends[1]) })
	go func() {
		defer l.delays.Done()
		own := os.NewFile(uintptr(ends[0]), "delay")
		own.Read(make([]byte, 1))
	}()
	return dbus.UnixFD(ends[1]), nil
}

func run() error {
	bus, err := dbus.ConnectSystemBus()
	if err != nil {
		return err
	}
	login := &logind{}
	if err := bus.Export(login, object, manager); err != nil {
		return err
	}
	delay := map[string]*prop.Prop{"InhibitDelayMaxUSec": {Value: uint64(60_000_000), Emit: prop.EmitConst}}
	if _, err := prop.Export(bus, object, prop.Map{manager: delay}); err != nil {
		return err
	}
	if _, err := bus.RequestName(service, dbus.NameFlagDoNotQueue); err != nil {
		return err
	}
	fmt.Println("ready")
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	<-asked
	if err := bus.Emit(object, manager+".PrepareForShutdown", true); err != nil {
		return err
	}
	login.delays.Wait()
	fmt.Println("released")
	select {}
}

func main() {
	fmt.Fprintln(os.Stderr, run())
	os.Exit(1)
}
