#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# boot.sh KERNEL ARCH GUEST OBJECTS TRAFFIC LOG: one emulated machine, from power on to power off. KERNEL is a directory
# of fetch.sh's, GUEST one of guest.mk's, OBJECTS holds objects and packets (guest_objects.c), TRAFFIC the objects and
# the plan of guest_traffic.c, or is - for none. What the machine said is in LOG; fails if it did not come to its end in
# BOOT_SECONDS. Nothing of this machine is touched: no disk, no network.
set -u
kernel=$1 arch=$2 guest=$3 objects=$4 traffic=$5 log=$6
root=$(mktemp -d)
trap 'rm -rf "$root" "$root.initrd"' EXIT
trap 'exit 130' INT TERM

mkdir -p "$root"/{bin,modules,proc,sys,dev,tmp,var/lib,run}
cp "$guest/init" "$root/init"
cp "$guest/sentry-apply" "$guest/sentryctl" "$root/bin/"
# In the order in which they are loaded; a kernel may have any of them built in.
number=0
for module in veth sch_ingress cls_bpf; do
	file=$(find "$kernel/lib/modules" -name "$module.ko*" | head -n 1)
	number=$((number + 1))
	case $file in
	*.xz) xz -dc "$file" > "$root/modules/$number-$module.ko" ;;
	*.ko) cp "$file" "$root/modules/$number-$module.ko" ;;
	esac
done
cp -r "$objects" "$root/objects"
[ "$traffic" = - ] || cp -r "$traffic" "$root/traffic"
(cd "$root" && find . -mindepth 1 | cpio -o -H newc --quiet) > "$root.initrd" || exit 1

# Twice the size of the initial RAM disk, which is there packed and unpacked, and what a kernel and large tables need.
memory=$((1024 + $(stat -c %s "$root.initrd") * 3 / 1048576))
options=(-accel tcg -m "$memory" -smp 1 -display none -monitor none -serial stdio -no-reboot -nic none)
# Without CMPXCHG16B, of which the flags are those of other bits where qemu 7.2 is interrupted right behind it: some
# runs of 6.12, whose allocator uses it, ended in a double fault in __kmalloc, with the lower half of an address for EFLAGS.
case $arch in
amd64) machine=(qemu-system-x86_64 -M q35 -cpu "max,-cx16") console=ttyS0 ;;
arm64) machine=(qemu-system-aarch64 -M virt -cpu cortex-a57) console=ttyAMA0 ;;
s390x) machine=(qemu-system-s390x -M s390-ccw-virtio -cpu max) console=ttysclp0 ;;
*) echo "no machine for $arch" && exit 2 ;;
esac
timeout "${BOOT_SECONDS:-240}" "${machine[@]}" "${options[@]}" -kernel "$kernel"/boot/vmlinuz-* -initrd "$root.initrd" \
	-append "console=$console quiet loglevel=4 panic=-1 random.trust_cpu=on" < /dev/null > "$log.raw" 2>&1
code=$?
tr -d '\r' < "$log.raw" > "$log"
rm -f "$log.raw"
grep -q '^@ end ' "$log" && exit 0
echo "the machine did not come to its end (exit code of the emulator $code): $(tail -n 3 "$log" | tr '\n' ' ')"
exit 1
