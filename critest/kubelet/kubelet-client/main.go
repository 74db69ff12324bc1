// kubelet-client talks to kubelet's own server as kubectl does through an API server: exec, attach and port-forward, over SPDY or
// WebSocket. There is no API server in these tests.
//
//	kubelet-client --server URL [--transport spdy|websocket] [-i] [-t] exec POD CONTAINER -- COMMAND...
//	kubelet-client --server URL [--transport spdy|websocket] [-i] [-t] attach POD CONTAINER
//	kubelet-client --server URL [--transport spdy|websocket] port-forward POD LOCAL:REMOTE...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"
)

var (
	server    = flag.String("server", "", "kubelet's address, https://HOST:PORT")
	transport = flag.String("transport", "spdy", "spdy or websocket")
	stdin     = flag.Bool("i", false, "send standard input")
	tty       = flag.Bool("t", false, "ask for a terminal of 31 rows and 97 columns")
)

func main() {
	flag.Parse()
	err := run(flag.Args())
	var exit exec.CodeExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.Code)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125)
	}
}

func run(args []string) error {
	config := &rest.Config{Host: *server, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
	switch {
	case len(args) >= 5 && args[0] == "exec" && args[3] == "--":
		return stream(config, "/exec/default/"+args[1]+"/"+args[2], args[4:])
	case len(args) == 3 && args[0] == "attach":
		return stream(config, "/attach/default/"+args[1]+"/"+args[2], nil)
	case len(args) >= 3 && args[0] == "port-forward":
		return forward(config, "/portForward/default/"+args[1], args[2:])
	}
	return errors.New("usage: kubelet-client --server URL exec|attach|port-forward POD ...; its source says how")
}

// address is kubelet's form of a call: what kubectl sends to an API server has other names for the same.
func address(path string, command []string) *url.URL {
	query := url.Values{"output": {"1"}}
	for _, word := range command {
		query.Add("command", word)
	}
	if *stdin {
		query.Set("input", "1")
	}
	if *tty {
		query.Set("tty", "1")
	} else {
		query.Set("error", "1")
	}
	at, err := url.Parse(*server + path + "?" + query.Encode())
	if err != nil {
		panic(err)
	}
	return at
}

func stream(config *rest.Config, path string, command []string) error {
	at := address(path, command)
	var executor remotecommand.Executor
	var err error
	if *transport == "websocket" {
		executor, err = remotecommand.NewWebSocketExecutor(config, http.MethodGet, at.String())
	} else {
		executor, err = remotecommand.NewSPDYExecutor(config, http.MethodPost, at)
	}
	if err != nil {
		return err
	}
	options := remotecommand.StreamOptions{Stdout: os.Stdout, Tty: *tty}
	if *stdin {
		options.Stdin = os.Stdin
	}
	if *tty {
		options.TerminalSizeQueue = &oneSize{}
	} else {
		options.Stderr = os.Stderr
	}
	return executor.StreamWithContext(context.Background(), options)
}

// oneSize tells the size of the terminal once.
type oneSize struct{ told bool }

func (s *oneSize) Next() *remotecommand.TerminalSize {
	if s.told {
		select {}
	}
	s.told = true
	return &remotecommand.TerminalSize{Width: 97, Height: 31}
}

// forward goes on until it is ended by a signal.
func forward(config *rest.Config, path string, ports []string) error {
	at, err := url.Parse(*server + path)
	if err != nil {
		return err
	}
	dialer, err := dialerTo(config, at)
	if err != nil {
		return err
	}
	for _, port := range ports {
		if _, err := strconv.Atoi(port); err == nil {
			return fmt.Errorf("port %s: say LOCAL:REMOTE", port)
		}
	}
	stop, ready := make(chan struct{}), make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() { <-signals; close(stop) }()
	forwarder, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, ports, stop, ready, os.Stdout, io.Writer(os.Stderr))
	if err != nil {
		return err
	}
	return forwarder.ForwardPorts()
}

func dialerTo(config *rest.Config, at *url.URL) (httpstream.Dialer, error) {
	if *transport == "websocket" {
		return portforward.NewSPDYOverWebsocketDialer(at, config)
	}
	tripper, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	return spdy.NewDialer(upgrader, &http.Client{Transport: tripper}, http.MethodPost, at), nil
}
