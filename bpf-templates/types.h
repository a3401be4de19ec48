/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Fixed-width types, attributes and byte order. Generated code is built with
 * -nostdinc, so that no header of the machine it is built on has a say in it.
 */
#ifndef SENTRY_TYPES_H
#define SENTRY_TYPES_H

/* The same types that <linux/types.h> has on 64-bit machines. */
typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;

#ifndef bool
#define bool _Bool
#define true 1
#define false 0
#endif

#ifndef NULL
#define NULL ((void *)0)
#endif

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif

#define array_size(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Before every loop: written out in full, so that there is none. Kernels before 6.3
 * refuse a loop that is closed by falling into its head from above, and how clang
 * arranges the blocks of a loop is up to clang.
 */
#ifdef __clang__
#define unrolled _Pragma("clang loop unroll(full)")
#else
#define unrolled
#endif

#define read_once(place) (*(const volatile __typeof__(place) *)&(place))

/* The compiler must take the value as it is and may not reason about where it came from. */
#define opaque(value) __asm__ volatile("" : "+r"(value))

/*
 * All ones if the highest bit is set, else 0. The compiler sees neither where that bit comes from nor that the others are
 * the same: of either it would make a comparison, and a branch.
 */
static __always_inline __u64 sign_mask(__u64 word)
{
	__u64 mask;

	opaque(word);
	mask = (__u64)((__s64)word >> 63);
	opaque(mask);
	return mask;
}

/* `a` where the mask is all ones, `b` where it is 0. */
static __always_inline __u64 either(__u64 mask, __u64 a, __u64 b)
{
	return b ^ ((a ^ b) & mask);
}

/* Shifts by the lower six bits of `count`. That is what BPF's do, and C's do not: clang would mask what needs no mask. */
static __always_inline __u64 shift_left(__u64 value, __u64 count)
{
#ifdef __bpf__
	__asm__("%0 <<= %1" : "+r"(value) : "r"(count));
	return value;
#else
	return value << (count & 63);
#endif
}

static __always_inline __u64 shift_right(__u64 value, __u64 count)
{
#ifdef __bpf__
	__asm__("%0 >>= %1" : "+r"(value) : "r"(count));
	return value;
#else
	return value >> (count & 63);
#endif
}

/*
 * What a comparison tells the verifier of a value does not reach the memory that it came from: a step of arithmetic, even
 * one without effect, makes it a value of its own.
 */
#ifdef __bpf__
#define forget(value) __asm__ volatile("%0 |= 0" : "+r"(value))
#else
#define forget(value) opaque(value)
#endif

/* Network byte order to host and back. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define swap16(value) ((__u16)__builtin_bswap16(value))
#define swap32(value) ((__u32)__builtin_bswap32(value))
#define swap64(value) ((__u64)__builtin_bswap64(value))
#else
#define swap16(value) ((__u16)(value))
#define swap32(value) ((__u32)(value))
#define swap64(value) ((__u64)(value))
#endif
#define net_to_host16(value) swap16(value)
#define net_to_host32(value) swap32(value)
#define host_to_net16(value) swap16(value)
#define host_to_net32(value) swap32(value)
#define host_to_net64(value) swap64(value)

#endif
